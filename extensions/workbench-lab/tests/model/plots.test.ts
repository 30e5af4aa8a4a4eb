import { expect, test } from 'vitest';

import { type IPlotRow, domainOf, intervalPlot, rowName } from '../../src/model/plots';

const PALETTE = { text: 'black', grid: 'gray', mark: 'blue', font: 'sans-serif' };
const row = (change: Partial<IPlotRow> = {}): IPlotRow => ({
  parts: ['pack', 'th'],
  value: 0.6,
  low: 0.5,
  high: 0.7,
  reference: 0.25,
  ...change
});

test('shares are drawn on all of 0 to 1, other numbers on what they need', () => {
  expect(domainOf([row()])).toEqual([0, 1]);
  expect(domainOf([row(), row({ value: 41.5, low: null, high: null })])).toBeNull();
  expect(domainOf([row({ value: -0.1 })])).toBeNull();
  expect(domainOf([])).toBeNull();
});

test('a name of any direction is kept apart from its neighbours, and hides nothing', () => {
  expect(rowName(['a\u202eb', 'ar'])).toBe('\u2068a[U+202E]b\u2069 \u00b7 \u2068ar\u2069');
});

test('what has no number is not drawn, and the plot asks nobody for anything', () => {
  const spec = intervalPlot([row(), row({ value: null })], 'accuracy', 'scores', PALETTE);
  expect((spec.data as { values: object[] }).values).toHaveLength(1);
  expect(JSON.stringify(spec)).not.toMatch(/url|http|signal|expr/);
});
