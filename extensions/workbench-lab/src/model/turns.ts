/** One turn of a conversation with a model. */
export interface ITurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** How long the answer took. */
  readonly seconds?: number;
}

/** Characters of a conversation that come back when the page is loaded again. */
export const KEPT = 60_000;
/** Turns that the server takes in one question, less the instruction and the next message. */
const TURNS = 198;

/** Read a kept conversation; what is none is left out. */
export function turnsOf(value: unknown): ITurn[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isTurn) : [];
}

/** The newest turns that are short enough to be kept, beginning with a message of the user. */
export function kept(turns: readonly ITurn[]): readonly ITurn[] {
  let room = KEPT;
  let from = turns.length;
  while (from > 0 && turns.length - from < TURNS) {
    room -= turns[from - 1]?.content.length ?? 0;
    if (room < 0) {
      break;
    }
    from -= 1;
  }
  const first = turns.findIndex((turn, index) => index >= from && turn.role === 'user');
  return first === -1 ? [] : turns.slice(first);
}

function isTurn(value: unknown): value is ITurn {
  if (typeof value !== 'object' || value === null || !('role' in value) || !('content' in value)) {
    return false;
  }
  const { role, content } = value;
  const seconds = 'seconds' in value ? value.seconds : undefined;
  return (
    (role === 'user' || role === 'assistant') &&
    typeof content === 'string' &&
    (seconds === undefined || typeof seconds === 'number')
  );
}
