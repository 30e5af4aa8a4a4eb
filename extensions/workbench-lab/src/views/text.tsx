import { type ReactElement, useState } from 'react';

import { SHOWN, cutAt, visible } from '../model/visible';
import { useServices } from './context';

interface ITextProps {
  readonly text: string;
  /** Direction, where the language says it; else the text's first strong letter does. */
  readonly direction?: 'ltr' | 'rtl' | undefined;
  readonly language?: string | undefined;
  /** On one line, for tables. */
  readonly inline?: boolean;
  readonly className?: string;
}

/**
 * Text that a model, an item or a user wrote: isolated from what stands around it, with nothing invisible in it, and
 * never as markup.
 */
export function UserText({
  text,
  direction,
  language,
  inline = false,
  className = ''
}: ITextProps): ReactElement {
  const { trans, formats } = useServices();
  const [limit, setLimit] = useState(SHOWN);
  const shown = inline ? cutAt(text, 300) : cutAt(text, limit);
  const rest = text.length - shown.length;
  const Tag = inline ? 'span' : 'div';
  return (
    <Tag
      className={`swb-text ${inline ? 'swb-inline' : 'swb-block'} ${className}`}
      dir={direction ?? 'auto'}
      lang={language}
    >
      {visible(shown).map((piece, index) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <span key={index} className="swb-mark" title={piece.code}>
            {piece.symbol}
          </span>
        )
      )}
      {rest > 0 &&
        (inline ? (
          '\u2026'
        ) : (
          <button type="button" className="swb-link" dir="auto" onClick={() => setLimit(limit * 8)}>
            {trans.__('Show more (%1 characters left)', formats.count(rest))}
          </button>
        ))}
    </Tag>
  );
}
