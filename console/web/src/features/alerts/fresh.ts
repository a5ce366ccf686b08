import { createStore, useStore } from '../../lib/store';

/** Long enough to notice when looking up, short enough not to colour a busy list for good. */
const FRESH_MS = 6000;

const fresh = createStore<ReadonlySet<string>>(new Set());

export function markFresh(groups: readonly string[]): void {
  if (groups.length === 0) return;
  fresh.set(new Set([...fresh.get(), ...groups]));
  setTimeout(() => {
    const gone = new Set(groups);
    fresh.set(new Set([...fresh.get()].filter((group) => !gone.has(group))));
  }, FRESH_MS);
}

export function useFresh(): ReadonlySet<string> {
  return useStore(fresh);
}
