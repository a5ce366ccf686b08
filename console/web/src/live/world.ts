import type { paths } from '../api/schema.gen';
import type { World } from './hub';

const STREAM: keyof paths = '/api/v1/stream';

/** The browser's own stream and clock. */
export const browser: World = {
  open: () => new EventSource(STREAM) as ReturnType<World['open']>,
  now: () => Date.now(),
  later: (run, ms) => globalThis.setTimeout(run, ms) as unknown as number,
  cancel: (timer) => globalThis.clearTimeout(timer),
};
