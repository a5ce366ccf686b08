import { expect, it } from 'vitest';

import { termsOf } from '../../../src/features/events/terms';

it('names the parts of a pair, whatever the type of the value', () => {
  expect(termsOf({ items: [['a.cn', 3], [53, 2], [true, 1]] })).toEqual([
    { value: 'a.cn', count: 3 },
    { value: '53', count: 2 },
    { value: 'true', count: 1 },
  ]);
});
