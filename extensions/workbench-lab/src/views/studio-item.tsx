import { type ReactElement, useId } from 'react';

import type { DraftItem, ItemDraft } from '../api/types';
import { inputOf, textOf, textsOf, withoutChoice } from '../model/draft-item';
import { visibleText } from '../model/visible';
import { Button } from './basics';
import { useServices } from './context';
import { Checks } from './studio-checks';
import { UserText } from './text';

interface IItemProps {
  readonly item: DraftItem;
  readonly form: ItemDraft['form'];
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** What the server says about the item as it stands; null while it has not heard of it. */
  readonly checked: ItemDraft['items'][number] | null;
  readonly onChange: (item: DraftItem) => void;
  readonly onRemove: () => void;
}

/** One item to write, with what was found in it. */
export function ItemForm(props: IItemProps): ReactElement {
  const { item, form, language, direction, checked, onChange, onRemove } = props;
  const { trans } = useServices();
  const name = useId();
  const input = inputOf(item);
  const fields = [...new Set([...form.fields, ...Object.keys(input)])];
  const text = { lang: language, dir: direction };
  const id = textOf(item.id);
  return (
    <div role="group" aria-label={trans.__('Item %1', visibleText(id))} className="swb-item">
      <div className="swb-bar">
        <label htmlFor={`${name}-id`}>{trans.__('Id')}</label>
        <input
          id={`${name}-id`}
          dir="auto"
          maxLength={200}
          value={id}
          onChange={event => onChange({ ...item, id: event.target.value })}
        />
        <span role="status" className="swb-quiet">
          {checked === null ? trans.__('Checking…') : checked.ok ? trans.__('No error was found.') : ''}
        </span>
        <span className="swb-space" />
        <Button label={trans.__('Remove item %1', visibleText(id))} onClick={onRemove}>
          {trans.__('Remove')}
        </Button>
      </div>
      {fields.map(field => (
        <div key={field} className="swb-form">
          <label htmlFor={`${name}-${field}`}>{field}</label>
          <textarea
            id={`${name}-${field}`}
            rows={2}
            {...text}
            value={textOf(input[field])}
            onChange={event => onChange({ ...item, input: { ...input, [field]: event.target.value } })}
          />
        </div>
      ))}
      {form.references ? <References {...props} /> : <Choices {...props} />}
      {checked && <Checks checks={checked.checks} label={trans.__('What was found')} />}
      {checked?.prompt && (
        <details>
          <summary>{trans.__('As it would be asked')}</summary>
          <UserText text={checked.prompt.context} direction={direction} language={language} />
          <ol>
            {checked.prompt.continuations.map((continuation, index) => (
              <li key={index}>
                <UserText inline text={continuation} direction={direction} language={language} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}

/** The choices, of which one is right. */
function Choices({ item, language, direction, onChange }: IItemProps): ReactElement {
  const { trans, formats } = useServices();
  const name = useId();
  const choices = textsOf(item.choices);
  return (
    <fieldset className="swb-part">
      <legend>{trans.__('Choices; the right one is marked')}</legend>
      {choices.map((choice, index) => {
        const number = formats.count(index + 1);
        return (
          <div key={index} className="swb-choice">
            <input
              type="radio"
              name={name}
              aria-label={trans.__('Choice %1 is right', number)}
              checked={item.gold === index}
              onChange={() => onChange({ ...item, gold: index })}
            />
            <input
              type="text"
              aria-label={trans.__('Choice %1', number)}
              lang={language}
              dir={direction}
              value={choice}
              onChange={event =>
                onChange({
                  ...item,
                  choices: choices.map((each, at) => (at === index ? event.target.value : each))
                })
              }
            />
            <Button
              label={trans.__('Remove choice %1', number)}
              onClick={() => onChange(withoutChoice(item, index))}
            >
              <span aria-hidden="true">{'\u00d7'}</span>
            </Button>
          </div>
        );
      })}
      <Button onClick={() => onChange({ ...item, choices: [...choices, ''] })}>
        {trans.__('Add a choice')}
      </Button>
    </fieldset>
  );
}

/** The accepted answers, one a line. */
function References({ item, language, direction, onChange }: IItemProps): ReactElement {
  const { trans } = useServices();
  const name = useId();
  return (
    <div className="swb-form">
      <label htmlFor={name}>{trans.__('Accepted answers, one a line')}</label>
      <textarea
        id={name}
        rows={2}
        lang={language}
        dir={direction}
        value={textsOf(item.references).join('\n')}
        onChange={event => onChange({ ...item, references: event.target.value.split('\n') })}
      />
    </div>
  );
}
