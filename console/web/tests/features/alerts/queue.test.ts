import { describe, expect, it } from 'vitest';

import type { AlertGroup } from '../../../src/api/client';
import { filterParams, isOlder, matches, merge, neighbour, readFilter, SORTS, type Filter, type QueuePage } from '../../../src/features/alerts/queue';

const FILTER: Filter = { status: ['open'], level: [], text: '', sort: '-last' };

function group(name: string, last: number, change: Partial<AlertGroup> = {}): AlertGroup {
  return {
    group: name,
    rule: { id: 'r', title: 't', title_zh: '标题', level: 'high', techniques: [], tactics: [] },
    platforms: [],
    entities: {},
    status: 'open',
    verdict: 'open',
    reason: '',
    assignee: '',
    count: 1,
    alerts: 1,
    first_ns: '1',
    last_ns: String(last),
    score: 1,
    version: 1,
    latest: `${name}-1`,
    ...change,
  };
}

function pages(...groups: AlertGroup[][]): QueuePage[] {
  const total = groups.flat().length;
  return groups.map((items, index) => ({ items, total, next: index < groups.length - 1 ? 'cursor' : null }));
}

const names = (list: QueuePage[]) => list.map((page) => page.items.map((item) => item.group).join(''));

describe('merging a pushed group', () => {
  it('puts a new one where it belongs and counts it', () => {
    const after = merge(pages([group('c', 30), group('a', 10)]), group('b', 20), FILTER);
    expect(names(after)).toEqual(['cba']);
    expect(after[0]?.total).toBe(3);
  });

  it('moves an updated one up without counting it again', () => {
    const after = merge(pages([group('b', 20), group('a', 10)]), group('a', 30, { count: 2 }), FILTER);
    expect(names(after)).toEqual(['ab']);
    expect(after[0]?.total).toBe(2);
  });

  it('takes out what no longer matches', () => {
    const after = merge(pages([group('b', 20), group('a', 10)]), group('b', 20, { status: 'acknowledged', version: 2 }), FILTER);
    expect(names(after)).toEqual(['a']);
    expect(after[0]?.total).toBe(1);
  });

  it('ignores a late push with an older state', () => {
    const before = pages([group('a', 30, { version: 3 })]);
    expect(merge(before, group('a', 20, { version: 2, status: 'escalated' }), FILTER)).toBe(before);
  });

  it('ignores what was and is not of this list', () => {
    const after = merge(pages([group('a', 10)]), group('z', 20, { status: 'escalated' }), FILTER);
    expect(names(after)).toEqual(['a']);
    expect(after[0]?.total).toBe(1);
  });

  it('leaves a row behind the last page read to the next page, but counts it', () => {
    const page: QueuePage = { items: [group('b', 20)], total: 5, next: 'cursor' };
    const after = merge([page], group('a', 10), FILTER);
    expect(names(after)).toEqual(['b']);
    expect(after[0]?.total).toBe(6);
  });

  it('keeps every row once across pages', () => {
    const before = pages([group('d', 40), group('c', 30)], [group('b', 20), group('a', 10)]);
    expect(names(merge(before, group('a', 50, { count: 2 }), FILTER))).toEqual(['ad', 'cb']);
    expect(names(merge(before, group('e', 50), FILTER))).toEqual(['ed', 'cba']);
  });

  it('orders as the server does: ties by id in the same direction', () => {
    const list = [group('a', 10), group('b', 10)];
    expect(names(merge(pages(list), group('c', 10), FILTER))).toEqual(['cba']);
    expect(names(merge(pages(list), group('c', 10), { ...FILTER, sort: 'last' }))).toEqual(['abc']);
  });

  it('tells times apart that a number could not', () => {
    const [early, late] = ['1795457414123456788', '1795457414123456789'];
    const after = merge(pages([group('a', 0, { last_ns: early })]), group('b', 0, { last_ns: late }), FILTER);
    expect(names(after)).toEqual(['ba']);
  });

  it.each(SORTS)('has an order for %s', (sort) => {
    expect(merge(pages([group('a', 1)]), group('b', 2), { ...FILTER, sort })[0]?.items).toHaveLength(2);
  });

  it('sorts by level, strongest first', () => {
    const low = group('a', 50, { rule: { ...group('a', 0).rule, level: 'low' } });
    expect(names(merge(pages([low]), group('b', 10), { ...FILTER, sort: '-level' }))).toEqual(['ba']);
  });
});

it('knows the older of two states', () => {
  expect(isOlder(group('a', 1), group('a', 1, { version: 2 }))).toBe(true);
  expect(isOlder(group('a', 1), group('a', 1, { count: 2 }))).toBe(true);
  expect(isOlder(group('a', 1), group('a', 1))).toBe(false);
});

it('matches by status and level', () => {
  expect(matches(FILTER, group('a', 1))).toBe(true);
  expect(matches({ ...FILTER, level: ['low'] }, group('a', 1))).toBe(false);
  expect(matches({ ...FILTER, status: [], level: ['high', 'low'] }, group('a', 1, { status: 'escalated' }))).toBe(true);
});

it.each<Filter>([
  FILTER,
  { status: [], level: ['critical', 'low'], text: 'x y', sort: '-score' },
  { status: ['open', 'escalated'], level: [], text: '', sort: 'last' },
])('takes back the filter it wrote: %j', (filter) => {
  const kept = Object.entries(filterParams(filter)).filter(([, value]) => value !== '');
  expect(readFilter(new URLSearchParams(kept))).toEqual(filter);
});

it('steps through the rows and stops at both ends', () => {
  const items = [group('a', 3), group('b', 2)];
  expect(neighbour(items, '', 1)).toBe('a');
  expect(neighbour(items, 'a', 1)).toBe('b');
  expect(neighbour(items, 'b', 1)).toBe('b');
  expect(neighbour(items, 'a', -1)).toBe('a');
  expect(neighbour([], 'a', 1)).toBe('');
});
