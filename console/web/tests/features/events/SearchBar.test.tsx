import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';

import type { Fault } from '../../../src/api/errors';
import { SearchBar } from '../../../src/features/events/SearchBar';

const FIELDS = ['dns.question.name', 'dns.question.type', 'source.ip'].map((name) => ({ name, type: 'keyword', many: false, zh: '名', meaning: '', datasets: [] }));
const FAULT: Fault = { code: 'query_syntax', message: '', hint: '', request: '', detail: '', start: 6, end: 9, retry_after_seconds: null };

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(FIELDS), { headers: { 'Content-Type': 'application/json' } })));
});

function show(asked: string, fault: Fault | null) {
  const onSearch = vi.fn<(query: string) => void>();
  const view = render(
    <QueryClientProvider client={new QueryClient()}>
      <SearchBar asked={asked} fault={fault} onSearch={onSearch} />
    </QueryClientProvider>,
  );
  return { ...view, onSearch, input: screen.getByTestId<HTMLInputElement>('search-input') };
}

function type(input: HTMLInputElement, text: string): void {
  fireEvent.focus(input);
  input.setSelectionRange(text.length, text.length);
  fireEvent.change(input, { target: { value: text, selectionStart: text.length } });
}

it('underlines exactly the wrong place, until the text changes', () => {
  const { container, input } = show('a AND bad:1', FAULT);
  expect(container.querySelector('mark')?.textContent).toBe('bad');
  expect(input.getAttribute('aria-invalid')).toBe('true');
  type(input, 'a AND good:1');
  expect(container.querySelector('mark')).toBeNull();
});

it('searches on Enter', () => {
  const { input, onSearch } = show('', null);
  type(input, 'source.ip:1');
  fireEvent.keyDown(input, { key: 'Enter' });
  expect(onSearch).toHaveBeenCalledWith('source.ip:1');
});

it('completes a name with the keyboard instead of searching', async () => {
  const { input, onSearch } = show('', null);
  type(input, 'dns.q');
  await screen.findByText('dns.question.type');
  fireEvent.keyDown(input, { key: 'ArrowDown' });
  fireEvent.keyDown(input, { key: 'ArrowDown' });
  fireEvent.keyDown(input, { key: 'Enter' });
  expect(input.value).toBe('dns.question.type:');
  expect(onSearch).not.toHaveBeenCalled();
});
