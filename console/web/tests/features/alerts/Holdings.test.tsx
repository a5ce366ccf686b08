import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { api, type Schemas } from '../../../src/api/client';
import { Operator } from '../../../src/features/alerts/Conditions';
import { Holdings, isGrowing } from '../../../src/features/alerts/Holdings';
import zh from '../../../src/i18n/zh.json';

type Holding = Schemas['Evidence'];

const FILE: Holding['files'][number] = {
  sha256: 'ab'.repeat(32),
  name: 'invoice\u202efdp.exe',
  bytes: 68,
  mime_type: 'application/zip',
  stored: true,
  verdict: 'hit',
  hits: [{ rule: 'eicar_test_file', member: 'a\u202eb.com', offsets: [0, 12] }],
};
const SLICE: Holding['packets'][number] = {
  alert: 'a',
  sensor: 'edge-1',
  state: 'waiting',
  sha256: '',
  bytes: 0,
  packets: 0,
  complete: false,
  reason: '',
  first_ns: '1795461378112255682',
  last_ns: '1795461378112255682',
  requested_ns: '0',
  obtained_ns: '0',
};

function shown(group: string, held: Holding): void {
  vi.spyOn(api, 'GET').mockResolvedValue({ data: held, response: new Response() } as never);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Holdings group={group} count={1} />
    </QueryClientProvider>,
  );
}

beforeEach(() => vi.useRealTimers());
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it('shows a file by its name as it is, with what hit where', async () => {
  shown('g1', { packets: [], files: [FILE] });
  const line = await screen.findByTestId('carved-file');
  expect(line.textContent).toContain('invoice\\u{202e}fdp.exe');
  expect(line.textContent).not.toContain('\u202e');
  const hit = screen.getByTestId('yara-hit').textContent;
  for (const part of ['eicar_test_file', 'a\\u{202e}b.com', '0, 12']) expect(hit).toContain(part);
  expect(line.querySelector('.ant-typography-copy')).toBeTruthy();
});

it('offers no download to those who may not take evidence away', async () => {
  shown('g2', { packets: [], files: [FILE] });
  await screen.findByTestId('carved-file');
  expect(document.querySelector('a.download')).toBeNull();
});

it('asks again while packets are on their way', async () => {
  shown('g3', { packets: [SLICE], files: [] });
  expect((await screen.findByTestId('holdings')).textContent).toContain(zh.evidence.state.waiting);
  await vi.waitFor(() => expect(vi.mocked(api.GET).mock.calls.length).toBeGreaterThan(1), { timeout: 5_000 });
});

it('stops asking 30 s after the last news, unless something is awaited', () => {
  expect(isGrowing({ packets: [], files: [FILE] }, 1_000, 30_999)).toBe(true);
  expect(isGrowing({ packets: [], files: [FILE] }, 1_000, 31_000)).toBe(false);
  expect(isGrowing({ packets: [SLICE], files: [] }, 1_000, 99_000)).toBe(true);
});

it('says operators in the language of the reader, and what has no words as it came', () => {
  render(<Operator names="found" />);
  expect(screen.getByText('出现')).toBeTruthy();
  render(<Operator names="contains|all" />);
  expect(screen.getByText('包含 · 全部')).toBeTruthy();
  render(<Operator names="of_tomorrow" />);
  expect(screen.getByText('of_tomorrow')).toBeTruthy();
});
