/** A stretch of text as it stands, or a character that cannot be seen and what to show in its place. */
export type Piece = { kind: 'text'; text: string } | { kind: 'mark'; symbol: string; code: string };

/**
 * Characters that show nothing, or change how their neighbours are shown: controls, bidirectional marks and overrides,
 * zero-width spaces and the byte-order mark, tags, line and paragraph separators, lone surrogates.
 * Joiners (U+200C, U+200D) are part of ordinary spelling in Persian, Hindi and others and stay as they are.
 */
const INVISIBLE =
  // eslint-disable-next-line no-control-regex -- finding them is what this is for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\u{d800}-\u{dfff}]/gu;

/** The most that one field shows until asked for more, in UTF-16 units: a view must stay quick with megabytes. */
export const SHOWN = 4000;

/** Split a text so that nothing in it is invisible and nothing in it acts. */
export function visible(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    if (match.index > from) {
      pieces.push({ kind: 'text', text: text.slice(from, match.index) });
    }
    pieces.push(mark(match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) {
    pieces.push({ kind: 'text', text: text.slice(from) });
  }
  return pieces;
}

/** The same as one string, for titles and accessible names. */
export function visibleText(text: string): string {
  return visible(text)
    .map(piece => (piece.kind === 'text' ? piece.text : piece.symbol))
    .join('');
}

/** The first `length` units of a text, never half a character. */
export function cutAt(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function mark(character: string): Piece {
  const code = character.codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  // Unicode has a picture for each ASCII control; the others are named by their number.
  const symbol = code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? '\u2421' : `[${name}]`;
  return { kind: 'mark', symbol, code: name };
}
