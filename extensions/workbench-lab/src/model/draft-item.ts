import type { DraftItem } from '../api/types';

/** An item's fields as a form shows them: whatever is typed or was in the file, texts are texts and lists are lists. */

export function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);
}

/** The texts of a list; what is none has none. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).map(textOf) : [];
}

export function inputOf(item: DraftItem): Readonly<Record<string, unknown>> {
  const { input } = item;
  return typeof input === 'object' && input !== null && !Array.isArray(input)
    ? (input as Record<string, unknown>)
    : {};
}

/** An item to begin with. */
export function emptyItem(id: string, fields: readonly string[], choices: number): DraftItem {
  return {
    id,
    input: Object.fromEntries(fields.map(field => [field, ''])),
    ...(choices > 0
      ? { choices: Array.from({ length: choices }, () => ''), gold: null }
      : { references: [''] })
  };
}

/** The item without one of its choices; the right answer stays the same text, or becomes unknown. */
export function withoutChoice(item: DraftItem, index: number): DraftItem {
  const choices = textsOf(item.choices).filter((_, at) => at !== index);
  const gold = typeof item.gold === 'number' ? item.gold : null;
  const moved = gold === null || gold === index ? null : gold > index ? gold - 1 : gold;
  return { ...item, choices, gold: moved };
}
