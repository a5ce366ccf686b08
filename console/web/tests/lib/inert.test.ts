import { expect, it } from 'vitest';

import { inert } from '../../src/lib/inert';

it.each([
  ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
  ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['line\nnext\u2028\u0000', 'line\\u{a}next\\u{2028}\\u{0}'],
  ['\u2066x\u2069\ud800', '\\u{2066}x\\u{2069}\\u{d800}'],
  ['账单 2026.pdf', '账单 2026.pdf'],
  ['<b>&amp;', '<b>&amp;'],
])('writes out what would not be seen: %j', (given, shown) => {
  expect(inert(given)).toBe(shown);
});
