import { expect, it } from 'vitest';

import { boundsOf, DEFAULT_RANGE, formatRange, parseRange, type Range } from '../../../src/features/events/range';

const ranges: Range[] = [{ kind: 'all' }, { kind: 'last', span: '15m' }, { kind: 'between', from: 5, to: 9 }];

it.each(ranges)('takes back what it wrote: %j', (range) => {
  expect(parseRange(formatRange(range))).toEqual(range);
});

it.each(['', 'toString', '2h', '9~5', '5~5', 'a~b', '1~2~3'])('falls back on %j', (text) => {
  expect(parseRange(text)).toEqual(DEFAULT_RANGE);
});

it('asks for ns, and for nothing when all time is meant', () => {
  expect(boundsOf({ kind: 'last', span: '1h' }, 7_200_000)).toEqual({ start: '3600000000000', end: '7200000000000' });
  expect(boundsOf({ kind: 'between', from: 1, to: 2 }, 0)).toEqual({ start: '1000000', end: '2000000' });
  expect(boundsOf({ kind: 'all' }, 0)).toEqual({ start: '', end: '' });
});
