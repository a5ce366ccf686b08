import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';

import { Timeline } from '../../../src/features/alerts/Timeline';
import zh from '../../../src/i18n/zh.json';

const NOTHING = { packet: '0', parsed: '0', matched: '0', stored: '0', shown: '0' };

it('says of an alert from a capture file that there is no latency, and keeps its place', () => {
  render(<Timeline stamps={NOTHING} />);
  expect(screen.getByTestId('stamps').textContent).toBe(zh.stamp.not_live);
});

it('shows what stamps a capture file has, without calling them a latency', () => {
  render(<Timeline stamps={{ ...NOTHING, matched: '1795461378112255682', stored: '1795461378359051474' }} />);
  expect(screen.getByTestId('stamp-matched')).toBeTruthy();
  expect(screen.getByTestId('stamp-stored')).toBeTruthy();
  expect(screen.getByTestId('stamps').textContent).toContain(zh.stamp.not_live);
  expect(screen.getByTestId('stamps').textContent).not.toContain('全程');
});

it('adds up the stages of live traffic', () => {
  render(<Timeline stamps={{ ...NOTHING, packet: '1795461378100000000', shown: '1795461378350000000' }} />);
  expect(screen.getByTestId('stamps').textContent).toContain('全程 250 ms');
  expect(screen.getByTestId('stamps').textContent).not.toContain(zh.stamp.not_live);
});
