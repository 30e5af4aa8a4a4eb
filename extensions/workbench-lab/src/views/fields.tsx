import { type ReactElement, useId, useState } from 'react';

interface INumberProps {
  readonly label: string;
  /** Null where nothing is asked for. */
  readonly value: number | null;
  readonly least: number;
  readonly most: number;
  readonly step?: number | 'any';
  /** What an empty field means; a field without it is never empty. */
  readonly empty?: string;
  readonly onChange: (value: number | null) => void;
}

/** A labelled number. */
export function NumberField({
  label,
  value,
  least,
  most,
  step = 1,
  empty,
  onChange
}: INumberProps): ReactElement {
  const id = useId();
  // What is being typed stands as it is typed; out of range, it counts once the field is left.
  const [typed, setTyped] = useState<string | null>(null);
  const read = (text: string): number | null => {
    const given = Number(text);
    return text.trim() === '' || !Number.isFinite(given) ? null : step === 1 ? Math.floor(given) : given;
  };
  const type = (text: string): void => {
    setTyped(text);
    const given = read(text);
    if (given === null ? empty !== undefined : given >= least && given <= most) {
      onChange(given);
    }
  };
  const leave = (): void => {
    const given = typed === null ? null : read(typed);
    if (given !== null) {
      onChange(Math.min(most, Math.max(least, given)));
    }
    setTyped(null);
  };
  return (
    <span className="swb-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        min={least}
        max={most}
        step={step}
        value={typed ?? value ?? ''}
        placeholder={empty}
        onChange={event => type(event.target.value)}
        onBlur={leave}
      />
    </span>
  );
}

interface ITextProps {
  readonly label: string;
  readonly value: string;
  readonly most: number;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
}

/** A labelled line of text of any script. */
export function TextField({ label, value, most, onChange, hint }: ITextProps): ReactElement {
  const id = useId();
  return (
    <span className="swb-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        dir="auto"
        maxLength={most}
        placeholder={hint}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
    </span>
  );
}

interface IAreaProps extends ITextProps {
  readonly rows?: number;
  /** What Ctrl+Enter does. */
  readonly onSend?: () => void;
}

/** A labelled text of any script and length. */
export function TextArea({ label, value, most, onChange, hint, rows = 4, onSend }: IAreaProps): ReactElement {
  const id = useId();
  return (
    <div className="swb-form">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        dir="auto"
        rows={rows}
        maxLength={most}
        placeholder={hint}
        value={value}
        onChange={event => onChange(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && onSend) {
            event.preventDefault();
            onSend();
          }
        }}
      />
    </div>
  );
}
