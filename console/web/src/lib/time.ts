/** Times travel as ns since 1970 in decimal text (a number would lose digits) and are shown in a chosen zone. */

const NS_PER_MS = 1_000_000n;
const NS_PER_US = 1_000n;
const MS_PER_DAY = 86_400_000;

export type Precision = 'second' | 'millisecond' | 'microsecond';

const FRACTION_DIGITS: Record<Precision, number> = { second: 0, millisecond: 3, microsecond: 6 };

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(zone, made);
  return made;
}

interface Wall {
  date: string;
  clock: string;
}

function wall(ms: number, zone: string): Wall {
  const parts = formatter(zone).formatToParts(ms);
  const part = (wanted: Intl.DateTimeFormatPartTypes) => parts.find(({ type }) => type === wanted)?.value ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    clock: `${part('hour')}:${part('minute')}:${part('second')}`,
  };
}

/** Whole ms since 1970, rounded towards the past; null when the stage was not reached ("0") or the text is no number. */
export function msOf(ns: string): number | null {
  if (!/^-?\d{1,19}$/.test(ns) || ns === '0') return null;
  return Number(BigInt(ns) / NS_PER_MS);
}

export function nsOf(ms: number): string {
  return String(BigInt(Math.round(ms)) * NS_PER_MS);
}

/** ECS dates are ISO text with microseconds; Date keeps only ms, so the rest of the digits is read from the text. */
export function nsOfIso(iso: string): string | null {
  const seconds = Date.parse(iso.replace(/\.\d+/, ''));
  if (Number.isNaN(seconds)) return null;
  const fraction = (/\.(\d{1,9})/.exec(iso)?.[1] ?? '').padEnd(9, '0');
  return String(BigInt(seconds) * NS_PER_MS + BigInt(fraction));
}

/** a → b in ms; null when either was not reached. */
export function gapMs(a: string, b: string): number | null {
  if (msOf(a) === null || msOf(b) === null) return null;
  return Number((BigInt(b) - BigInt(a)) / NS_PER_US) / 1000;
}

function fraction(ns: string, precision: Precision): string {
  const digits = FRACTION_DIGITS[precision];
  if (digits === 0) return '';
  const rest = ((BigInt(ns) % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `.${String(rest).padStart(9, '0').slice(0, digits)}`;
}

/** `2026-11-23 02:10:07.123` in the zone, or '' when there is no time. */
export function formatNs(ns: string, zone: string, precision: Precision = 'second'): string {
  const ms = msOf(ns);
  if (ms === null) return '';
  const { date, clock } = wall(ms, zone);
  return `${date} ${clock}${fraction(ns, precision)}`;
}

/** Only the clock while it is today in the zone, with month and day otherwise. */
export function formatBrief(ns: string, zone: string, now: number, precision: Precision = 'second'): string {
  const full = formatNs(ns, zone, precision);
  const today = wall(now, zone).date;
  if (full.startsWith(today)) return full.slice(today.length + 1);
  return full.startsWith(today.slice(0, 5)) ? full.slice(5) : full;
}

export function formatUtc(ns: string): string {
  const text = formatNs(ns, 'UTC', 'microsecond');
  return text && `${text} UTC`;
}

/** Offset of the zone at that moment, as `UTC+08:00`. */
export function offsetText(zone: string, ms: number): string {
  const minutes = Math.round(offsetMs(zone, ms) / 60_000);
  const absolute = Math.abs(minutes);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}:${pad(absolute % 60)}`;
}

function offsetMs(zone: string, ms: number): number {
  const whole = Math.floor(ms / 1000) * 1000;
  const { date, clock } = wall(whole, zone);
  return Date.parse(`${date}T${clock}Z`) - whole;
}

/** What a datetime-local input shows for a moment. */
export function toWallInput(ms: number, zone: string): string {
  const { date, clock } = wall(ms, zone);
  return `${date}T${clock}`;
}

/** The moment a datetime-local input means in the zone; the second look settles changes of summer time. */
export function fromWallInput(text: string, zone: string): number | null {
  const naive = Date.parse(`${text}Z`);
  if (Number.isNaN(naive)) return null;
  const first = naive - offsetMs(zone, naive);
  return naive - offsetMs(zone, first);
}

/** Axis label: the clock for short spans, the date for long ones. */
export function formatTick(ms: number, zone: string, spanMs: number): string {
  const { date, clock } = wall(ms, zone);
  if (spanMs <= 10 * 60_000) return clock;
  if (spanMs <= MS_PER_DAY) return clock.slice(0, 5);
  return spanMs <= 4 * MS_PER_DAY ? `${date.slice(5)} ${clock.slice(0, 5)}` : date;
}
