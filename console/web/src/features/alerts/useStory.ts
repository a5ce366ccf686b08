import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { answer, api, type AlertStory } from '../../api/client';

/** The store commits once a second: an alert can be opened before its events can be read. */
const READ_AGAIN_MS = 600;
const TIMES = 5;
/** The most events a story carries (console/alerts/queue.py). */
const MAX_EVENTS = 200;

/** How often a story was read in vain since its group last changed; kept beside the answer, which others put into the cache. */
const tries = new Map<string, { of: string; times: number }>();

/** Evidence that the alerts name and the story does not hold yet (or any more, past its retention). */
export function lacking({ alerts, events }: Pick<AlertStory, 'alerts' | 'events'>): number {
  const named = new Set(alerts.flatMap((alert) => alert.events));
  return Math.max(0, Math.min(named.size, MAX_EVENTS) - events.length);
}

/** A live alert whose events are not durable yet has no such stamp; one of a file never has. */
function unsettled(story: AlertStory): boolean {
  return lacking(story) > 0 || story.alerts.some(({ stamps }) => stamps.packet !== '0' && stamps.stored === '0');
}

async function read(group: string): Promise<AlertStory> {
  const story = await answer(api.GET('/api/v1/alerts/{group}', { params: { path: { group } } }));
  const of = `${story.group.latest} ${story.group.count}`;
  const before = tries.get(group);
  if (!unsettled(story)) tries.delete(group);
  else tries.set(group, { of, times: before?.of === of ? before.times + 1 : 1 });
  return story;
}

/** One group with its alerts, evidence and history; read again while evidence is still on its way into the store. */
export function useStory(group: string): UseQueryResult<AlertStory> {
  return useQuery({
    queryKey: ['story', group],
    queryFn: () => read(group),
    refetchInterval: () => ((tries.get(group)?.times ?? TIMES) < TIMES ? READ_AGAIN_MS : false),
  });
}
