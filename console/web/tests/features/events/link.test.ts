import { expect, it } from 'vitest';

import { parseHash } from '../../../src/app/route';
import { DEFAULT_COLUMNS, readSearch, searchFor, searchHash, type Search } from '../../../src/features/events/link';

const SEARCH: Search = { query: 'a:"x & y"', range: { kind: 'all' }, columns: ['source.ip'], oldestFirst: true };

it('keeps the whole state in the address', () => {
  expect(readSearch(parseHash(searchHash(SEARCH)).params)).toEqual(SEARCH);
});

it('has a start for an empty address', () => {
  expect(readSearch(new URLSearchParams())).toMatchObject({ query: '', columns: DEFAULT_COLUMNS, oldestFirst: false });
});

it('joins a clause to the search one is in', () => {
  const next = readSearch(parseHash(searchFor(parseHash(searchHash(SEARCH)), 'b', '2', 'include')).params);
  expect(next).toEqual({ ...SEARCH, query: 'a:"x & y" AND b:"2"' });
});

it('starts over all time from an alert', () => {
  const next = readSearch(parseHash(searchFor(parseHash('#/alerts/g?status=all'), 'b', '2', 'exclude')).params);
  expect(next).toMatchObject({ query: 'NOT b:"2"', range: { kind: 'all' } });
});
