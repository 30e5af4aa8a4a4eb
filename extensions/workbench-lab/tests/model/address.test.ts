import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { expect, test } from 'vitest';

import { fromArgs, nameOf, toArgs } from '../../src/model/address';
import { OTHER, RUN } from '../fixtures';

test('an address comes back from the arguments of the command', () => {
  const address = { view: 'compare', runs: [RUN, OTHER] } as const;
  expect(fromArgs(toArgs(address, { tab: 'flips' }))).toEqual({ address, state: { tab: 'flips' } });
  expect(nameOf(address)).toBe(`compare:${RUN}:${OTHER}`);
});

test.each<ReadonlyJSONObject>([
  { view: 'nowhere' },
  { view: 'results' },
  { view: 'results', runs: [RUN, OTHER] },
  { view: 'results', runs: ['../../etc/passwd'] },
  { view: 'compare', runs: [RUN, 3] },
  { view: 'runs', runs: [RUN] },
  {}
])('arguments that are none are refused: %j', args => {
  expect(fromArgs(args)).toBeNull();
});

test('state that is none is left out', () => {
  expect(fromArgs({ view: 'runs', state: ['x'] })).toEqual({
    address: { view: 'runs', runs: [] },
    state: {}
  });
});
