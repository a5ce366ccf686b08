import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { answer, api, type Schemas } from '../../api/client';
import { ApiError, type Fault } from '../../api/errors';
import type { Document } from '../../lib/documents';
import { barsOf, type Bars } from './bars';
import type { Search } from './link';
import { boundsOf, formatRange } from './range';

const PAGE_SIZE = 100;
const BUCKETS = 90;

export interface Found {
  hits: Document[];
  first: Schemas['EventPage'] | undefined;
  histogram: Bars | undefined;
  loading: boolean;
  /** The query is wrong, with the place. */
  fault: Fault | null;
  /** Anything else that went wrong. */
  error: Error | null;
  more: (() => void) | null;
  retry: () => void;
}

/** `moment`: when the user asked; the same for every part of one answer. */
export function useSearch({ query, range, oldestFirst }: Search, moment: number): Found {
  const key = [query, formatRange(range), moment] as const;
  const bounds = useMemo(() => boundsOf(range, moment), [range, moment]);
  const sort = oldestFirst ? ('oldest' as const) : ('newest' as const);
  const page = (after: string) => answer(api.GET('/api/v1/events', { params: { query: { query, ...bounds, sort, size: PAGE_SIZE, after } } }));
  const asked = useInfiniteQuery({
    queryKey: ['events', ...key, sort],
    queryFn: ({ pageParam }) => page(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const { data: histogram } = useQuery({
    queryKey: ['histogram', ...key],
    queryFn: () => answer(api.GET('/api/v1/events/histogram', { params: { query: { query, ...bounds, buckets: BUCKETS } } })),
    select: barsOf,
    enabled: asked.isSuccess,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const { data, error, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = asked;
  const hits = useMemo(() => data?.pages.flatMap((one) => one.hits) ?? [], [data]);
  const fault = error instanceof ApiError && error.is('query_syntax') ? error.fault : null;
  return {
    hits: error ? [] : hits,
    first: error ? undefined : data?.pages[0],
    histogram: error ? undefined : histogram,
    loading: isFetching && !isFetchingNextPage,
    fault,
    error: fault ? null : error,
    more: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null,
    retry: () => void refetch(),
  };
}
