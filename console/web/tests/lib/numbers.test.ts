import { expect, it } from 'vitest';

import { bytes, count, milliseconds } from '../../src/lib/numbers';

it('groups digits', () => {
  expect(count(1284223)).toBe('1,284,223');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [4831838208, '4.5 GiB'],
  [2 ** 62, '4096.0 PiB'],
])('shows %d bytes as %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([
  [0.123, '0.12 ms'],
  [12.34, '12.3 ms'],
  [311.4, '311 ms'],
  [1500, '1.50 s'],
  [90_000, '1.5 min'],
  [-250, '-250 ms'],
])('shows %d ms as %s', (value, text) => {
  expect(milliseconds(value)).toBe(text);
});
