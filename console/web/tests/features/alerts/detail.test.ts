import { expect, it } from 'vitest';

import type { AlertDetail } from '../../../src/api/client';
import { differences, isStanding } from '../../../src/features/alerts/History';
import { descriptionOf, titleOf } from '../../../src/features/alerts/texts';
import { steps } from '../../../src/features/alerts/Timeline';
import { lacking } from '../../../src/features/alerts/useStory';

const alert = (...events: string[]) => ({ events }) as AlertDetail;

it('puts the stages in the order they were reached and measures between them', () => {
  const found = steps({ packet: '1000000000', parsed: '1030000000', matched: '1048000000', stored: '1540000000', shown: '1112000000' });
  expect(found.map(({ stage, gap }) => [stage, gap])).toEqual([
    ['packet', null],
    ['parsed', 30],
    ['matched', 18],
    ['shown', 64],
    ['stored', 428],
  ]);
});

it('leaves out stages that were not reached', () => {
  expect(steps({ packet: '0', parsed: '0', matched: '5', stored: '0', shown: '0' })).toEqual([{ stage: 'matched', ns: '5', gap: null }]);
});

it('says what changed and nothing else', () => {
  expect(differences({ before: { status: 'open', version: 1 }, after: { status: 'escalated', version: 2 } })).toEqual([{ name: 'status', from: 'open', to: 'escalated' }]);
  expect(differences({ before: {}, after: { assignee: 'wang' } })).toEqual([{ name: 'assignee', from: '', to: 'wang' }]);
});

it('knows what can still be taken back', () => {
  expect(isStanding({ action: 'verdict', undone: false })).toBe(true);
  expect(isStanding({ action: 'verdict', undone: true })).toBe(false);
  expect(isStanding({ action: 'undo', undone: false })).toBe(false);
});

it('speaks the language of the reader, or the one the rule speaks', () => {
  expect(titleOf({ title: 'Scan', title_zh: '扫描' }, 'zh-CN')).toBe('扫描');
  expect(titleOf({ title: 'Scan', title_zh: '' }, 'zh-CN')).toBe('Scan');
  expect(descriptionOf({ description: '', description_zh: '说明', misses: '', misses_zh: '' }, 'en')).toBe('说明');
});

it('counts the evidence that is named but cannot be read yet, each event once', () => {
  expect(lacking({ alerts: [alert('a', 'b'), alert('b')], events: [{}] })).toBe(1);
  expect(lacking({ alerts: [alert('a', 'b')], events: [{}, {}] })).toBe(0);
});

it('does not wait for more evidence than a story carries', () => {
  const many = Array.from({ length: 250 }, (_, index) => `e${index}`);
  expect(lacking({ alerts: [alert(...many)], events: many.slice(0, 200).map(() => ({})) })).toBe(0);
});
