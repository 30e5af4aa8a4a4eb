import { expect, test } from 'vitest';

import { cutAt, visible, visibleText } from '../../src/model/visible';

test.each([
  ['\u0000', '\u2400'],
  ['\u001b', '\u241b'],
  ['\u007f', '\u2421'],
  ['\u202e', '[U+202E]'],
  ['\u2066', '[U+2066]'],
  ['\u200b', '[U+200B]'],
  ['\ufeff', '[U+FEFF]'],
  ['\u{e0041}', '[U+E0041]'],
  ['\ud800', '[U+D800]']
])('a character that cannot be seen is shown: %j', (character, symbol) => {
  expect(visibleText(`a${character}b`)).toBe(`a${symbol}b`);
});

test.each(['นม', 'می\u200cخواهم', 'क्\u200dष', '👩\u200d🔬', 'line\nline\ttab', 'e\u0301', '𠮷'])(
  'ordinary text of any script stays as it is: %s',
  text => {
    expect(visible(text)).toEqual([{ kind: 'text', text }]);
  }
);

test('a cut never halves a character', () => {
  expect(cutAt('a𠮷b', 2)).toBe('a');
  expect(cutAt('a𠮷b', 3)).toBe('a𠮷');
  expect(cutAt('ab', 3)).toBe('ab');
});
