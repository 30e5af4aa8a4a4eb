import { expect, test } from 'vitest';

import { type ITurn, KEPT, kept, turnsOf } from '../../src/model/turns';

const turn = (role: ITurn['role'], content: string): ITurn => ({ role, content });

test('a conversation comes back, and what is none is left out', () => {
  const turns = [turn('user', 'a'), { ...turn('assistant', 'b'), seconds: 2 }];
  expect(turnsOf(JSON.parse(JSON.stringify(turns)))).toEqual(turns);
  expect(turnsOf([{ role: 'root', content: 'x' }, 'text', { role: 'user' }, null])).toEqual([]);
  expect(turnsOf('text')).toEqual([]);
});

test('of a long conversation the newest turns are kept, and the first of them asks', () => {
  const long = 'x'.repeat(KEPT / 4);
  const turns = Array.from({ length: 9 }, (_, index) => turn(index % 2 === 0 ? 'user' : 'assistant', long));
  const short = kept(turns);
  expect(short).toHaveLength(3);
  expect(short[0]!.role).toBe('user');
  expect(kept(turns.slice(0, 2))).toEqual(turns.slice(0, 2));
  expect(kept([turn('user', 'x'.repeat(KEPT + 1))])).toEqual([]);
  expect(kept(Array.from({ length: 400 }, () => turn('user', 'a')))).toHaveLength(198);
});
