import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';

import { session } from '../../../src/api/client';
import { carry, carried, forget } from '../../../src/features/session/carried';
import FirstPassword from '../../../src/features/session/FirstPassword';

const fresh = 'several words are easy';
const field = (name: string) => screen.getByTestId<HTMLInputElement>(name);

const stored = (store: Storage) => Array.from({ length: store.length }, (_, index) => store.getItem(store.key(index) ?? '')).join();

afterEach(forget);

it('asks for the current password when the page does not know it', () => {
  render(<FirstPassword account="admin" />);
  expect(field('current-password').value).toBe('');
});

it('sends the password that was just typed at the door, then forgets it', async () => {
  const sent: unknown[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(await request.json());
    return new Response(JSON.stringify({ account: 'admin', must_change_password: false }), { headers: { 'Content-Type': 'application/json' } });
  });
  carry('first-given');
  render(<FirstPassword account="admin" />);
  expect(field('current-password').value).toBe('first-given');
  for (const name of ['new-password', 'new-password-repeat']) fireEvent.change(field(name), { target: { value: fresh } });
  fireEvent.submit(field('new-password').closest('form') ?? document.body);
  await act(() => vi.waitFor(() => expect(session.get()?.account).toBe('admin')));
  expect(sent).toEqual([{ current: 'first-given', new: fresh }]);
  expect(carried()).toBe('');
  expect(stored(localStorage) + stored(sessionStorage)).not.toContain('first-given');
});
