import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';

import { FieldTable } from '../../src/ui/FieldTable';
import { openValue } from '../../src/ui/valueMenu';

const HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>.evil.cn';
const FIELDS = [{ name: 'dns.question.name', type: 'keyword', many: false, zh: '查询名', meaning: 'The name asked for.', datasets: ['dns'] }];

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(FIELDS), { headers: { 'Content-Type': 'application/json' } })));
});

function show(document: Record<string, unknown>) {
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <FieldTable document={document} />
    </QueryClientProvider>,
  );
}

it('shows HTML in a name as text', () => {
  const { container } = show({ dns: { question: { name: HOSTILE } } });
  expect(screen.getByText(HOSTILE)).toBeTruthy();
  expect(container.querySelector('img, script')).toBeNull();
});

it('puts the Chinese label beside the ECS name', async () => {
  show({ dns: { question: { name: 'a.cn' } } });
  expect(await screen.findByText('查询名')).toBeTruthy();
  expect(screen.getByText('dns.question.name')).toBeTruthy();
});

it('opens the menu of the value that was clicked', () => {
  show({ dns: { question: { name: HOSTILE } } });
  fireEvent.click(screen.getByText(HOSTILE));
  expect(openValue.get()).toMatchObject({ field: 'dns.question.name', value: HOSTILE });
});
