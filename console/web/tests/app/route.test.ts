import { expect, it } from 'vitest';

import { formatHash, parseHash } from '../../src/app/route';

it('takes back what it wrote, whatever a query holds', () => {
  const query = 'a:"x?y#z&w=1" AND 域名:%2F/..';
  const { page, item, params } = parseHash(formatHash('events', 'a/b?c', { query, range: 'all' }));
  expect([page, item, params.get('query'), params.get('range')]).toEqual(['events', 'a/b?c', query, 'all']);
});

it('leaves empty parameters out', () => {
  expect(formatHash('alerts', '', { text: '', level: 'high' })).toBe('#/alerts?level=high');
});

it.each(['', '#', '#/', '#/nowhere', '#/__proto__'])('falls back to the alerts for %j', (hash) => {
  expect(parseHash(hash).page).toBe('alerts');
});

it('survives a broken escape', () => {
  expect(parseHash('#/alerts/%E0%A4%A').item).toBe('');
});
