import { expect, it } from 'vitest';

import { keepDigits } from '../../src/lib/exact';

const parse = (text: string): unknown => JSON.parse(keepDigits(text));

it('keeps every digit of a large whole number', () => {
  expect(parse('{"time_ns":1795461378074914511,"n":[-9223372036854775808]}')).toEqual({
    time_ns: '1795461378074914511',
    n: ['-9223372036854775808'],
  });
});

it('leaves smaller numbers, fractions and exponents numbers', () => {
  const text = '[0,-1,999999999999999,1.2345678901234567,1e300,12345678901234567.5,1e-1234567890123456]';
  expect(keepDigits(text)).toBe(text);
});

it('changes nothing inside text', () => {
  const text = '{"a\\"b 12345678901234567890":"x:12345678901234567890,\\\\"}';
  expect(keepDigits(text)).toBe(text);
});
