import { createStore } from './store';

/** Fine enough to notice that a new day began. */
const TICK_MS = 30_000;

/** Now, ms since 1970: for what is drawn relative to today. */
export const clock = createStore(Date.now());

setInterval(() => clock.set(Date.now()), TICK_MS);
