import { useInfiniteQuery, useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';

import { answer, api, type AlertGroup } from '../../api/client';
import { isGroup, useLive } from '../../live/live';
import { awaitShown } from './shown';
import { markFresh } from './fresh';
import { merge, type Filter, type QueuePage } from './queue';

type Cached = InfiniteData<QueuePage, string>;
const QUEUE = 'alerts';
const PAGE_SIZE = 100;
/** A searched queue is asked again rather than guessed at; a burst of pushes asks once. */
const SETTLE_MS = 300;
/** How long pushes gather in a tab nobody looks at. */
const HIDDEN_MS = 250;

export interface Queue {
  items: AlertGroup[];
  total: number;
  loading: boolean;
  error: Error | null;
  more: (() => void) | null;
  retry: () => void;
}

export function useQueue(filter: Filter): Queue {
  const cache = useQueryClient();
  const asked = useInfiniteQuery({
    queryKey: [QUEUE, filter] as const,
    queryFn: ({ pageParam }) => read(filter, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? null,
    // Rows keep their identity through merge(); comparing every field of every row again costs more than drawing.
    structuralSharing: false,
  });
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = asked;
  const settle = useSettled(useCallback(() => void refetch(), [refetch]));
  const take = useCallback(
    (groups: AlertGroup[]) => {
      noteNews(cache, filter, groups);
      if (filter.text === '') mergeGroups(cache, filter, groups);
      else settle();
      for (const { group } of groups) void cache.invalidateQueries({ queryKey: ['story', group] });
    },
    [cache, filter, settle],
  );
  const collect = useCollected(take);
  const receive = useCallback(
    (pushed: unknown) => {
      if (!isGroup(pushed)) return;
      const opened = openedIn(pushed);
      if (opened) awaitShown(opened.id, opened.packet);
      collect(pushed);
    },
    [collect],
  );
  // An opened alert comes as its group with the alert beside; any other change of a group comes as the group alone.
  useLive('alert', receive);
  useLive('group', receive);
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return {
    items,
    total: data?.pages[0]?.total ?? 0,
    loading: isPending,
    error,
    more: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null,
    retry: () => void refetch(),
  };
}

function read(filter: Filter, after: string): Promise<QueuePage> {
  const query = { ...filter, after, limit: PAGE_SIZE };
  return answer(api.GET('/api/v1/alerts', { params: { query } }));
}

export function mergeGroup(cache: QueryClient, filter: Filter, group: AlertGroup): void {
  mergeGroups(cache, filter, [group]);
}

function mergeGroups(cache: QueryClient, filter: Filter, groups: AlertGroup[]): void {
  const merged = (pages: QueuePage[]) => groups.reduce((known, group) => merge(known, group, filter), pages);
  cache.setQueryData<Cached>([QUEUE, filter], (data) => data && { ...data, pages: merged(data.pages) });
}

/** A push can be news (more detections) or only a judgement; news is highlighted. */
function noteNews(cache: QueryClient, filter: Filter, groups: AlertGroup[]): void {
  const pages = cache.getQueryData<Cached>([QUEUE, filter])?.pages ?? [];
  const counts = new Map(pages.flatMap((page) => page.items).map((one) => [one.group, one.count]));
  markFresh(groups.filter((one) => counts.get(one.group) !== one.count).map((one) => one.group));
}

interface Opened {
  id: string;
  /** When the evidence was on the wire, "0" when the push does not say. */
  packet: string;
}

/** The alert that a push of kind `alert` carries beside its group. */
function openedIn(pushed: object): Opened | null {
  const { alert } = pushed as { alert?: { id?: unknown; stamps?: { packet?: unknown } } };
  if (typeof alert?.id !== 'string') return null;
  const packet = alert.stamps?.packet;
  return { id: alert.id, packet: typeof packet === 'string' ? packet : '0' };
}

/**
 * Pushes gathered until the next frame and taken together: when drawing is slow, a burst becomes fewer frames instead of
 * a growing delay. A hidden tab gets no frames, so there a timer stands in.
 */
function useCollected(take: (groups: AlertGroup[]) => void): (group: AlertGroup) => void {
  const waiting = useRef<AlertGroup[]>([]);
  return useCallback(
    (group) => {
      waiting.current.push(group);
      if (waiting.current.length > 1) return;
      const flush = () => take(waiting.current.splice(0));
      if (document.hidden) setTimeout(flush, HIDDEN_MS);
      else requestAnimationFrame(flush);
    },
    [take],
  );
}

/** Runs once things have been quiet for a moment. */
function useSettled(run: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(run, SETTLE_MS);
  }, [run]);
}
