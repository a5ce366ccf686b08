/**
 * The one event stream of a browser, shared by its tabs: opened when the first tab joins, closed when the last leaves.
 * Runs in the SharedWorker, or in the page where there is none; knows neither.
 */
export const EVENTS = ['alert', 'group', 'status', 'session', 'resync'] as const;
export type EventName = (typeof EVENTS)[number];

export type Phase = 'connecting' | 'live' | 'reconnecting';

export interface LiveState {
  phase: Phase;
  /** ms since 1970 when this phase began. */
  since: number;
}

export type Message = { kind: 'state'; state: LiveState } | { kind: 'event'; name: EventName; data: string };
export type Listener = (message: Message) => void;

/** The part of EventSource that is used. */
export interface Source {
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  addEventListener: (name: string, listener: (event: { data: string }) => void) => void;
  close: () => void;
}

export interface World {
  open: () => Source;
  now: () => number;
  later: (run: () => void, ms: number) => number;
  cancel: (timer: number) => void;
}

/** First retry soon (a restart takes a second), then slower, so that a hundred browsers do not storm a console. */
export const RETRY_MS = [500, 1000, 2000, 5000, 10_000] as const;

export class Hub {
  private readonly listeners = new Set<Listener>();
  private state: LiveState;
  private source: Source | null = null;
  private timer: number | null = null;
  private failures = 0;

  constructor(private readonly world: World) {
    this.state = { phase: 'connecting', since: world.now() };
  }

  join(listener: Listener): void {
    const first = this.listeners.size === 0;
    this.listeners.add(listener);
    if (first) this.start();
    listener({ kind: 'state', state: this.state });
  }

  leave(listener: Listener): void {
    if (this.listeners.delete(listener) && this.listeners.size === 0) this.stop();
  }

  private start(): void {
    this.enter('connecting');
    this.connect();
  }

  private stop(): void {
    this.source?.close();
    this.source = null;
    if (this.timer !== null) this.world.cancel(this.timer);
    this.timer = null;
    this.failures = 0;
  }

  private connect(): void {
    const source = this.world.open();
    this.source = source;
    source.onopen = () => this.opened(source);
    source.onerror = () => this.lost(source);
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => this.tell({ kind: 'event', name, data }));
    }
  }

  private opened(source: Source): void {
    if (source !== this.source) return;
    this.failures = 0;
    this.enter('live');
  }

  /** EventSource gives up for good on an HTTP error, so the retry is ours in every case. */
  private lost(source: Source): void {
    if (source !== this.source) return;
    source.close();
    this.source = null;
    if (this.state.phase !== 'reconnecting') this.enter('reconnecting');
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? RETRY_MS[0];
    this.failures += 1;
    this.timer = this.world.later(() => this.connect(), wait);
  }

  private enter(phase: Phase): void {
    this.state = { phase, since: this.world.now() };
    this.tell({ kind: 'state', state: this.state });
  }

  private tell(message: Message): void {
    for (const listener of this.listeners) listener(message);
  }
}
