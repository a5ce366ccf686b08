import { nsOf } from '../../lib/time';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const QUICK = { '15m': 15 * MINUTE, '1h': HOUR, '24h': 24 * HOUR, '7d': 7 * 24 * HOUR } as const;
export type Quick = keyof typeof QUICK;

/** `all`, a span that ends now, or two moments (ms since 1970). */
export type Range = { kind: 'all' } | { kind: 'last'; span: Quick } | { kind: 'between'; from: number; to: number };

export const DEFAULT_RANGE: Range = { kind: 'last', span: '24h' };

/** In the address: `all`, `1h` or `1732300000000~1732303600000`. */
export function parseRange(text: string): Range {
  if (text === 'all') return { kind: 'all' };
  if (Object.hasOwn(QUICK, text)) return { kind: 'last', span: text as Quick };
  const [from, to] = (/^(\d{1,15})~(\d{1,15})$/.exec(text) ?? []).slice(1).map(Number);
  return from !== undefined && to !== undefined && from < to ? { kind: 'between', from, to } : DEFAULT_RANGE;
}

export function formatRange(range: Range): string {
  if (range.kind === 'all') return 'all';
  return range.kind === 'last' ? range.span : `${range.from}~${range.to}`;
}

export interface Bounds {
  start: string;
  end: string;
}

/** What is asked of the API; `now` is taken once per search, so that rows and histogram speak of the same span. */
export function boundsOf(range: Range, now: number): Bounds {
  if (range.kind === 'all') return { start: '', end: '' };
  if (range.kind === 'last') return { start: nsOf(now - QUICK[range.span]), end: nsOf(now) };
  return { start: nsOf(range.from), end: nsOf(range.to) };
}
