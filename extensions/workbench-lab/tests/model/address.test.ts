import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { expect, test } from 'vitest';

import { fromArgs, nameOf, toArgs } from '../../src/model/address';
import { OTHER, RUN, id } from '../fixtures';

test('an address comes back from the arguments of the command', () => {
  const address = { view: 'compare', runs: [RUN, OTHER] } as const;
  expect(fromArgs(toArgs(address, { tab: 'flips' }))).toEqual({ address, state: { tab: 'flips' } });
  expect(nameOf(address)).toBe(`compare:${RUN}:${OTHER}`);
});

test('each model that is tried has its own tab', () => {
  const address = { view: 'try', runs: [], model: id('a') } as const;
  expect(fromArgs(toArgs(address, { worker: RUN }))).toEqual({ address, state: { worker: RUN } });
  expect(nameOf(address)).toBe(`try:${id('a')}`);
  expect(fromArgs({ view: 'try' })).toEqual({ address: { view: 'try', runs: [] }, state: {} });
});

test.each<ReadonlyJSONObject>([
  { view: 'nowhere' },
  { view: 'results' },
  { view: 'results', runs: [RUN, OTHER] },
  { view: 'results', runs: ['../../etc/passwd'] },
  { view: 'compare', runs: [RUN, 3] },
  { view: 'runs', runs: [RUN] },
  { view: 'try', model: '../../etc' },
  { view: 'results', runs: [RUN], model: 'a'.repeat(32) },
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
