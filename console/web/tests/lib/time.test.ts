import { describe, expect, it } from 'vitest';

import {
  formatBrief,
  formatNs,
  formatTick,
  formatUtc,
  fromWallInput,
  gapMs,
  msOf,
  nsOf,
  nsOfIso,
  offsetText,
  toWallInput,
} from '../../src/lib/time';

const NS = '1795457414123456789';
const SHANGHAI = 'Asia/Shanghai';

describe('showing', () => {
  it('keeps every digit of the fraction', () => {
    expect(formatNs(NS, SHANGHAI, 'microsecond')).toBe('2026-11-24 02:10:14.123456');
    expect(formatNs(NS, SHANGHAI, 'millisecond')).toBe('2026-11-24 02:10:14.123');
    expect(formatNs(NS, SHANGHAI)).toBe('2026-11-24 02:10:14');
    expect(formatUtc(NS)).toBe('2026-11-23 18:10:14.123456 UTC');
  });

  it('shows nothing for a stage that was not reached', () => {
    expect(formatNs('0', 'UTC')).toBe('');
    expect(formatUtc('0')).toBe('');
    expect(formatBrief('0', 'UTC', 0)).toBe('');
  });

  it('shows nothing for what is no time at all', () => {
    for (const text of ['', 'now', '1e9', '12345678901234567890123', '-']) expect(formatNs(text, 'UTC')).toBe('');
  });

  it('leaves out the date today and the year this year, by the day of the zone', () => {
    const now = Date.parse('2026-11-23T18:30:00Z');
    expect(formatBrief(NS, SHANGHAI, now)).toBe('02:10:14');
    expect(formatBrief(NS, SHANGHAI, now, 'millisecond')).toBe('02:10:14.123');
    expect(formatBrief(NS, 'UTC', now + 86_400_000)).toBe('11-23 18:10:14');
    expect(formatBrief(NS, 'UTC', Date.parse('2027-01-02T00:00:00Z'))).toBe('2026-11-23 18:10:14');
  });

  it('shows midnight as 00', () => {
    expect(formatNs(nsOf(Date.parse('2026-01-01T16:00:00Z')), SHANGHAI)).toBe('2026-01-02 00:00:00');
  });

  it('labels axes by their span', () => {
    const ms = Date.parse('2026-11-23T18:10:14Z');
    expect(formatTick(ms, 'UTC', 60_000)).toBe('18:10:14');
    expect(formatTick(ms, 'UTC', 3_600_000)).toBe('18:10');
    expect(formatTick(ms, 'UTC', 2 * 86_400_000)).toBe('11-23 18:10');
    expect(formatTick(ms, 'UTC', 30 * 86_400_000)).toBe('2026-11-23');
  });
});

describe('reading', () => {
  it('reads ECS dates without losing microseconds', () => {
    expect(nsOfIso('2026-11-23T18:10:14.123456Z')).toBe('1795457414123456000');
    expect(nsOfIso('2026-11-23T18:10:14Z')).toBe('1795457414000000000');
    expect(nsOfIso('yesterday')).toBeNull();
  });

  it('measures gaps below a millisecond, also between huge numbers', () => {
    expect(gapMs('1795457414123456789', '1795457414123556789')).toBe(0.1);
    expect(gapMs('0', '1795457414123556789')).toBeNull();
  });

  it('rounds to whole milliseconds', () => {
    expect(msOf(NS)).toBe(1795457414123);
    expect(msOf(nsOf(1795457414123))).toBe(1795457414123);
  });
});

describe('zones', () => {
  it('names the offset', () => {
    const ms = Date.parse('2026-11-23T18:10:14.5Z');
    expect(offsetText(SHANGHAI, ms)).toBe('UTC+08:00');
    expect(offsetText('UTC', ms)).toBe('UTC+00:00');
    expect(offsetText('America/St_Johns', ms)).toBe('UTC-03:30');
  });

  it.each([SHANGHAI, 'UTC', 'America/New_York', 'Australia/Lord_Howe'])('takes input back unchanged in %s', (zone) => {
    for (const ms of [Date.parse('2026-03-08T12:00:00Z'), Date.parse('2026-11-01T09:00:00Z')]) {
      expect(fromWallInput(toWallInput(ms, zone), zone)).toBe(ms);
    }
    expect(fromWallInput('', zone)).toBeNull();
  });
});
