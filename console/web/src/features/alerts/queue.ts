/** The queue as data: filters, order, and what a pushed row does to the rows already read. All pure. */
import type { AlertGroup, Level, Verdict } from '../../api/client';
import { LEVELS } from '../../ui/LevelTag';

export const STATUSES: readonly Verdict[] = ['open', 'acknowledged', 'escalated', 'false_positive'];
/** As the API names them: `-` is descending. */
export const SORTS = ['-last', '-level', '-score', '-count', 'last'] as const;
export type Sort = (typeof SORTS)[number];

export interface Filter {
  status: Verdict[];
  level: Level[];
  text: string;
  sort: Sort;
}

export interface QueuePage {
  items: AlertGroup[];
  total: number;
  next: string | null;
}

function known<T extends string>(all: readonly T[], text: string | null): T[] {
  const wanted = new Set((text ?? '').split(','));
  return all.filter((one) => wanted.has(one));
}

/** Without a word about it the queue shows what is open; `status=all` shows everything. */
export function readFilter(params: URLSearchParams): Filter {
  const status = params.get('status');
  return {
    status: status === null ? ['open'] : known(STATUSES, status),
    level: known(LEVELS, params.get('level')),
    text: params.get('text') ?? '',
    sort: SORTS.find((sort) => sort === params.get('sort')) ?? '-last',
  };
}

export function filterParams(filter: Filter): Record<string, string> {
  const status = filter.status.join(',');
  return {
    status: status === 'open' ? '' : status || 'all',
    level: filter.level.join(','),
    text: filter.text,
    sort: filter.sort === '-last' ? '' : filter.sort,
  };
}

export function matches(filter: Filter, group: AlertGroup): boolean {
  const status = filter.status.length === 0 || filter.status.some((one) => one === group.status);
  return status && (filter.level.length === 0 || filter.level.includes(group.rule.level));
}

type Order = (a: AlertGroup, b: AlertGroup) => number;

/** As the server orders: by one figure, ties by group id in the same direction. */
function descending(figure: (group: AlertGroup) => bigint | number): Order {
  return (a, b) => {
    const [x, y] = [figure(a), figure(b)];
    if (x === y) return a.group < b.group ? 1 : -1;
    return x < y ? 1 : -1;
  };
}

const newest = descending((group) => BigInt(group.last_ns));

const ORDER: Record<Sort, Order> = {
  '-last': newest,
  last: (a, b) => newest(b, a),
  '-level': descending((group) => -LEVELS.indexOf(group.rule.level)),
  '-score': descending((group) => group.score),
  '-count': descending((group) => group.count),
};

/** Pages keep their sizes (the last one grows), so that the cursors for further pages stay true. */
function repaginate(pages: QueuePage[], items: AlertGroup[], total: number): QueuePage[] {
  let from = 0;
  return pages.map((page, index) => {
    const to = index === pages.length - 1 ? items.length : from + page.items.length;
    const slice = items.slice(from, to);
    from = to;
    return { ...page, items: slice, total };
  });
}

/**
 * One group as the server now has it, put where it belongs. An older version than the one shown is late and changes
 * nothing; a row behind the last page read stays unread.
 */
export function merge(pages: QueuePage[], group: AlertGroup, filter: Filter): QueuePage[] {
  const items = pages.flatMap((page) => page.items);
  const shown = items.find((one) => one.group === group.group);
  if (shown && isOlder(group, shown)) return pages;
  const others = items.filter((one) => one.group !== group.group);
  const fits = matches(filter, group);
  const last = others.at(-1);
  const beyond = (pages.at(-1)?.next ?? null) !== null && last !== undefined && ORDER[filter.sort](group, last) > 0;
  const kept = fits && !beyond ? [...others, group].sort(ORDER[filter.sort]) : others;
  const total = (pages[0]?.total ?? 0) + Number(fits && !shown) - Number(!fits && shown !== undefined);
  return repaginate(pages, kept, total);
}

/** Judging raises the version; new detections raise the count. */
export function isOlder(a: AlertGroup, b: AlertGroup): boolean {
  return a.version < b.version || (a.version === b.version && a.count < b.count);
}

/** The group `step` rows away from the selected one; the first when none is. */
export function neighbour(items: readonly AlertGroup[], selected: string, step: number): string {
  const at = items.findIndex((one) => one.group === selected);
  const next = at < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at + step));
  return items[next]?.group ?? '';
}
