/** The last stamp of the latency: when a pushed alert was really drawn. */
import { useEffect } from 'react';

import { answer, api, type AlertGroup } from '../../api/client';
import { createStore, useStore } from '../../lib/store';
import { msOf } from '../../lib/time';

interface Shown {
  id: string;
  shown_ms: number;
}

/** One call carries what a burst draws; at most what the API takes at once. */
const COLLECT_MS = 250;
const MAX_REPORTED = 200;

/** Alert → when its packet was on the wire (ns, "0" unknown). */
const awaited = new Map<string, string>();
let drawn: Shown[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Only what arrives live is measured; a row read from the past was not late. */
export function awaitShown(alert: string, packetNs: string): void {
  awaited.set(alert, packetNs);
}

/** Alert → ms from the wire to this screen, of those that this tab saw arrive. */
const latencies = createStore<ReadonlyMap<string, number>>(new Map());

export function useLatencies(): ReadonlyMap<string, number> {
  return useStore(latencies);
}

export function useReportShown(items: readonly AlertGroup[]): void {
  useEffect(() => {
    const now = items.map((item) => item.latest).filter((id) => awaited.has(id));
    // The first frame callback runs before that frame is painted, the second after it. A hidden tab draws nothing.
    if (now.length > 0) requestAnimationFrame(() => requestAnimationFrame(() => note(now)));
  }, [items]);
}

function note(ids: string[]): void {
  const shown_ms = Date.now();
  latencies.set(new Map([...latencies.get(), ...ids.flatMap((id) => latency(id, shown_ms))]));
  for (const id of ids) awaited.delete(id);
  drawn.push(...ids.map((id) => ({ id, shown_ms })));
  timer ??= setTimeout(report, COLLECT_MS);
}

function latency(id: string, shownMs: number): [string, number][] {
  const packet = msOf(awaited.get(id) ?? '0');
  return packet === null ? [] : [[id, shownMs - packet]];
}

function report(): void {
  const shown = drawn.slice(0, MAX_REPORTED);
  drawn = drawn.slice(MAX_REPORTED);
  timer = drawn.length > 0 ? setTimeout(report, COLLECT_MS) : undefined;
  answer(api.POST('/api/v1/alerts/shown', { body: { shown } })).catch((error: unknown) => {
    // A measurement that is lost costs a figure, not an alert: it is said where the figures are looked for.
    console.warn('latency report lost', error);
  });
}
