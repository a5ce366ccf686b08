/** The event search's whole state as an address. */
import { formatHash, type Route } from '../../app/route';
import { addClause, type Clause } from './query';
import { formatRange, parseRange, type Range } from './range';

export interface Search {
  query: string;
  range: Range;
  columns: readonly string[];
  oldestFirst: boolean;
}

export const DEFAULT_COLUMNS = [
  'event.dataset',
  'source.ip',
  'destination.ip',
  'destination.port',
  'network.protocol',
  'dns.question.name',
] as const;

const EVERYTHING: Range = { kind: 'all' };

export function readSearch(params: URLSearchParams): Search {
  const columns = (params.get('columns') ?? '').split(',').filter(Boolean);
  return {
    query: params.get('query') ?? '',
    range: parseRange(params.get('range') ?? ''),
    columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
    oldestFirst: params.get('sort') === 'oldest',
  };
}

export function searchHash(search: Search): string {
  const columns = search.columns.join(',');
  return formatHash('events', '', {
    query: search.query,
    range: formatRange(search.range),
    columns: columns === DEFAULT_COLUMNS.join(',') ? '' : columns,
    sort: search.oldestFirst ? 'oldest' : '',
  });
}

/** From the search the clause joins the query; from anywhere else it starts one over all time. */
export function searchFor(route: Route, field: string, value: string, how: Clause): string {
  const search = readSearch(route.params);
  if (route.page === 'events') return searchHash({ ...search, query: addClause(search.query, field, value, how) });
  return searchHash({ ...search, query: addClause('', field, value, how), range: EVERYTHING, columns: DEFAULT_COLUMNS, oldestFirst: false });
}
