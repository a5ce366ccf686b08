import { expect, it } from 'vitest';

import { fieldRows, idOf, valuesOf } from '../../src/lib/documents';

const EVENT = {
  '@timestamp': '2026-11-23T18:10:14.123456Z',
  event: { id: 'edge-1-boot-7' },
  'source.ip': '10.0.0.1',
  dns: { answers: [{ data: 'a', ttl: 60 }, { data: 'b' }], flags: [] },
  odd: { empty: null, yes: true },
};

it('reads nested and dotted names alike and gathers arrays of objects by field', () => {
  expect(fieldRows(EVENT)).toEqual([
    { name: '@timestamp', values: ['2026-11-23T18:10:14.123456Z'] },
    { name: 'dns.answers.data', values: ['a', 'b'] },
    { name: 'dns.answers.ttl', values: ['60'] },
    { name: 'event.id', values: ['edge-1-boot-7'] },
    { name: 'odd.yes', values: ['true'] },
    { name: 'source.ip', values: ['10.0.0.1'] },
  ]);
});

it('answers no value for a field that is absent', () => {
  expect(valuesOf(EVENT, 'source.ip')).toEqual(['10.0.0.1']);
  expect(valuesOf(EVENT, 'nothing')).toEqual([]);
});

it('names a document without an id by its content', () => {
  expect(idOf(EVENT)).toBe('edge-1-boot-7');
  expect(idOf({ a: 1 })).toBe('{"a":1}');
});
