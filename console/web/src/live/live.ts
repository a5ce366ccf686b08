/** What the live stream says, for components to follow. */
import { useEffect } from 'react';

import type { AlertGroup } from '../api/client';
import { createStore } from '../lib/store';
import { connect, type Leave } from './connect';
import type { EventName, LiveState, Message } from './hub';

export const liveState = createStore<LiveState>({ phase: 'connecting', since: Date.now() });

type Handler = (data: unknown) => void;
const handlers = new Map<EventName, Set<Handler>>();

/** After a loss everything shown may be stale, so coming back is the same as being told to read again. */
function follow(message: Message): void {
  if (message.kind === 'event') {
    deliver(message.name, message.data);
    return;
  }
  const returned = liveState.get().phase === 'reconnecting' && message.state.phase === 'live';
  liveState.set(message.state);
  if (returned) deliver('resync', '{}');
}

function deliver(name: EventName, text: string): void {
  const data: unknown = JSON.parse(text);
  for (const handler of handlers.get(name) ?? []) handler(data);
}

export function startLive(): Leave {
  return connect(follow);
}

export function onLive(name: EventName, handler: Handler): Leave {
  const known = handlers.get(name) ?? new Set();
  handlers.set(name, known.add(handler));
  return () => known.delete(handler);
}

export function useLive(name: EventName, handler: Handler): void {
  useEffect(() => onLive(name, handler), [name, handler]);
}

/** The stream is not part of the generated schema's answers, so what arrives is looked at before it is believed. */
export function isGroup(data: unknown): data is AlertGroup {
  if (typeof data !== 'object' || data === null) return false;
  const { group, version, rule } = data as Partial<Record<keyof AlertGroup, unknown>>;
  return typeof group === 'string' && typeof version === 'number' && typeof rule === 'object' && rule !== null;
}
