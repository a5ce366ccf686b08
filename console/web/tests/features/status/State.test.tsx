import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';

import { State } from '../../../src/features/status/State';
import zh from '../../../src/i18n/zh.json';

const ROOT = join(import.meta.dirname, '../../../../..');

/** Every state the supervisor and the analyzer give, read from their sources. */
function statesGiven(): string[] {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const supervised = [...read('console/appliance.py').matchAll(/_note\(process, "(\w+)"\)/g)];
  const sensor = /"state": "(\w+)" if state\["connected"\] else "(\w+)"/.exec(read('analyzer/control/status.py'));
  return [...supervised.map(([, state]) => state ?? ''), ...(sensor ?? []).slice(1)];
}

it('has words for every state there is', () => {
  const given = statesGiven();
  expect(given).toEqual(expect.arrayContaining(['running', 'starting', 'connected', 'away']));
  for (const state of given) expect(Object.keys(zh.status.states)).toContain(state);
});

it('is green for what is healthy only', () => {
  const { container } = render(['running', 'connected', 'away', 'restarting'].map((state) => <State key={state} state={state} />));
  expect([...container.children].map(({ className }) => className)).toEqual(['good', 'good', 'bad', 'bad']);
});

it('shows a state it does not know by its own name', () => {
  render(<State state="hibernating" />);
  expect(screen.getByText('hibernating').className).toBe('warn');
});
