import { createStore, useStore } from '../../lib/store';

/** Long enough to notice when looking up, short enough not to colour a busy list for good. */
const FRESH_MS = 6000;

const fresh = createStore<ReadonlySet<string>>(new Set());

export function markFresh(group: string): void {
  fresh.set(new Set(fresh.get()).add(group));
  setTimeout(() => {
    const rest = new Set(fresh.get());
    rest.delete(group);
    fresh.set(rest);
  }, FRESH_MS);
}

export function useFresh(): ReadonlySet<string> {
  return useStore(fresh);
}
