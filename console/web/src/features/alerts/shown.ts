/** The last stamp of the latency: when a pushed alert was really drawn. */
import { useEffect } from 'react';

import { answer, api, type AlertGroup } from '../../api/client';
import { createStore, useStore } from '../../lib/store';
import { msOf } from '../../lib/time';

interface Shown {
  id: string;
  shown_ms: number;
}

interface Awaited {
  id: string;
  /** When its packet was on the wire, ms since 1970; null unknown. */
  packet: number | null;
}

/** A tab that stays open for weeks keeps the figures of the newest rows only. */
const MAX_KEPT = 1000;

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
  // What a filter keeps from the screen is never drawn: only the newest are waited for.
  for (const oldest of awaited.keys()) {
    if (awaited.size <= MAX_KEPT) break;
    awaited.delete(oldest);
  }
}

/** Alert → ms from the wire to this screen, of those that this tab saw arrive. */
const latencies = createStore<ReadonlyMap<string, number>>(new Map());

export function useLatencies(): ReadonlyMap<string, number> {
  return useStore(latencies);
}

export function useReportShown(items: readonly AlertGroup[]): void {
  useEffect(() => {
    const now = items.map((item) => item.latest).flatMap(take);
    // The first frame callback runs before that frame is painted, the second after it. A hidden tab draws nothing.
    if (now.length > 0) requestAnimationFrame(() => requestAnimationFrame(() => note(now)));
  }, [items]);
}

/** Each alert is reported once. */
function take(id: string): Awaited[] {
  const packet = msOf(awaited.get(id) ?? '0');
  return awaited.delete(id) ? [{ id, packet }] : [];
}

function note(seen: Awaited[]): void {
  const shown_ms = Date.now();
  const measured = seen.flatMap(({ id, packet }): [string, number][] => (packet === null ? [] : [[id, shown_ms - packet]]));
  latencies.set(new Map([...latencies.get(), ...measured].slice(-MAX_KEPT)));
  drawn.push(...seen.map(({ id }) => ({ id, shown_ms })));
  timer ??= setTimeout(report, COLLECT_MS);
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
