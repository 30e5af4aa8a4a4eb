import { expect, test } from 'vitest';

import { Formats } from '../../src/model/format';
import { trans } from '../harness';

const formats = new Formats('en', trans);

test('what is not known is a dash, never a number', () => {
  const all = [
    formats.count(null),
    formats.score(null),
    formats.bytes(null),
    formats.duration(null),
    formats.rate(null),
    formats.share(null),
    formats.interval(0.1, null),
    formats.pValue(null),
    formats.moment('never')
  ];
  expect(new Set(all)).toEqual(new Set(['\u2013']));
});

test('sizes and times have their units', () => {
  expect(formats.bytes(1536)).toBe('1.5\u00a0KiB');
  expect(formats.bytes(0)).toBe('0\u00a0B');
  expect([3.25, 59, 60, 3725].map(seconds => formats.duration(seconds))).toEqual([
    '3.25 s',
    '59 s',
    '1 min 0 s',
    '1 h 2 min'
  ]);
});

test('scores keep three places, differences their sign', () => {
  expect(formats.score(0.5)).toBe('0.500');
  expect(formats.interval(-0.1, 0.1, true)).toBe('[-0.100, +0.100]');
  expect(formats.pValue(0.0001)).toBe('< 0.001');
});

test('plots write numbers as these formats do', () => {
  expect(new Formats('de', trans).numerals()).toMatchObject({ decimal: ',', thousands: '.' });
  expect(new Formats('ar-EG', trans).numerals()).toMatchObject({ numerals: Array.from('٠١٢٣٤٥٦٧٨٩') });
});
