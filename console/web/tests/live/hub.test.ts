import { beforeEach, expect, it } from 'vitest';

import { EVENTS, Hub, RETRY_MS, type Message, type Source, type World } from '../../src/live/hub';

/** A stream whose ends the test holds, and a clock that stands still. */
class Wire implements Source {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  private readonly heard = new Map<string, (event: { data: string }) => void>();

  addEventListener(name: string, listener: (event: { data: string }) => void): void {
    this.heard.set(name, listener);
  }

  say(name: string, data: string): void {
    this.heard.get(name)?.({ data });
  }

  names(): string[] {
    return [...this.heard.keys()];
  }

  close(): void {
    this.closed = true;
  }
}

let wires: Wire[];
let timers: { run: () => void; ms: number; cancelled: boolean }[];
let now: number;
let world: World;

beforeEach(() => {
  [wires, timers, now] = [[], [], 1000];
  world = {
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire;
    },
    now: () => now,
    later: (run, ms) => timers.push({ run, ms, cancelled: false }) - 1,
    cancel: (timer) => {
      const found = timers[timer];
      if (found) found.cancelled = true;
    },
  };
});

function tab(): { heard: Message[]; listener: (message: Message) => void } {
  const heard: Message[] = [];
  return { heard, listener: (message) => heard.push(message) };
}

const phases = (heard: Message[]) => heard.flatMap((message) => (message.kind === 'state' ? [message.state.phase] : []));

it('opens one stream for all tabs and tells each of them', () => {
  const hub = new Hub(world);
  const [first, second] = [tab(), tab()];
  hub.join(first.listener);
  hub.join(second.listener);
  expect(wires).toHaveLength(1);
  wires[0]?.onopen?.();
  wires[0]?.say('group', '{"group":"g"}');
  for (const { heard } of [first, second]) {
    expect(phases(heard).at(-1)).toBe('live');
    expect(heard.at(-1)).toEqual({ kind: 'event', name: 'group', data: '{"group":"g"}' });
  }
  expect(wires[0]?.names()).toEqual([...EVENTS]);
});

it('tells a late tab the state at once', () => {
  const hub = new Hub(world);
  hub.join(tab().listener);
  wires[0]?.onopen?.();
  const late = tab();
  hub.join(late.listener);
  expect(late.heard).toEqual([{ kind: 'state', state: { phase: 'live', since: 1000 } }]);
});

it('says since when it is reconnecting, retries ever slower, and is quick again after success', () => {
  const hub = new Hub(world);
  const { heard, listener } = tab();
  hub.join(listener);
  wires[0]?.onopen?.();
  now = 5000;
  for (let round = 0; round < RETRY_MS.length + 2; round += 1) {
    wires.at(-1)?.onerror?.();
    now += 1000;
    timers.at(-1)?.run();
  }
  expect(timers.map((timer) => timer.ms)).toEqual([...RETRY_MS, RETRY_MS.at(-1), RETRY_MS.at(-1)]);
  const last = heard.at(-1);
  expect(last).toEqual({ kind: 'state', state: { phase: 'reconnecting', since: 5000 } });
  wires.at(-1)?.onopen?.();
  wires.at(-1)?.onerror?.();
  expect(timers.at(-1)?.ms).toBe(RETRY_MS[0]);
});

it('closes with the last tab, and a stream that was left is not heard again', () => {
  const hub = new Hub(world);
  const { heard, listener } = tab();
  hub.join(listener);
  wires[0]?.onerror?.();
  hub.leave(listener);
  expect(timers[0]?.cancelled).toBe(true);
  expect(wires[0]?.closed).toBe(true);
  const before = heard.length;
  wires[0]?.onopen?.();
  expect(heard).toHaveLength(before);
});

it('opens no second stream when a tab joins twice', () => {
  const hub = new Hub(world);
  const { listener } = tab();
  hub.join(listener);
  hub.join(listener);
  expect(wires).toHaveLength(1);
});
