import { expect, test } from 'vitest';

import { type ISetting, changed, settingsOf, typed } from '../../src/model/settings';

const SCHEMA = {
  type: 'object',
  properties: {
    languages: { type: 'array', items: { type: 'string' }, default: [] },
    shots: { type: 'integer', minimum: 0, maximum: 100, default: 0, title: 'Shots' },
    engine: { type: 'string', enum: ['transformers', 'fake'], default: 'transformers' },
    limit: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }], default: null, title: 'Limit' },
    seal: { type: 'boolean', default: false },
    metrics: { type: 'array', items: { type: 'string' }, default: [] },
    strange: { type: 'object' },
    odd: 3
  }
};

const of = (name: string): ISetting => settingsOf(SCHEMA).find(each => each.name === name)!;

test('the form has what the schema has, but for what it cannot show or asks elsewhere', () => {
  expect(settingsOf(SCHEMA).map(({ name, kind, open }) => [name, kind, open])).toEqual([
    ['shots', 'whole', false],
    ['engine', 'choice', false],
    ['limit', 'whole', true],
    ['seal', 'switch', false],
    ['metrics', 'list', false]
  ]);
  expect(of('shots')).toMatchObject({ least: 0, most: 100, title: 'Shots' });
  expect(settingsOf(null)).toEqual([]);
});

test('a default is left out, so that a spec is the same however it was made', () => {
  expect(changed({ shots: 2, seal: true }, of('shots'), 0)).toEqual({ seal: true });
  expect(changed({}, of('metrics'), [])).toEqual({});
  expect(changed({}, of('limit'), 5)).toEqual({ limit: 5 });
});

test('what is typed becomes a value of its kind', () => {
  expect(typed(of('limit'), '')).toBeNull();
  expect(typed(of('shots'), '3')).toBe(3);
  expect(typed(of('metrics'), 'accuracy, chrf')).toEqual(['accuracy', 'chrf']);
  expect(typed(of('engine'), 'fake')).toBe('fake');
});
