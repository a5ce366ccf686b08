import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { session } from '../../../src/api/client';
import SignIn from '../../../src/features/session/SignIn';

const error = { message: '登录失败次数过多', hint: '请稍候', request: 'r' };

function reply(status: number, body: unknown): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })));
}

function submit(): void {
  render(<SignIn />);
  fireEvent.change(screen.getByTestId('login-account'), { target: { value: 'wang' } });
  fireEvent.change(screen.getByTestId('login-password'), { target: { value: 'secret' } });
  fireEvent.submit(screen.getByTestId('login-submit').closest('form') ?? document.body);
}

beforeEach(() => {
  vi.useFakeTimers();
  session.set(null);
});
afterEach(() => vi.useRealTimers());

const settle = () => act(() => vi.advanceTimersByTimeAsync(10));

it('says how long a lock-out lasts and counts it down', async () => {
  reply(429, { error: { ...error, code: 'locked', retry_after_seconds: 3 } });
  submit();
  await settle();
  expect(screen.getByTestId('session-error').textContent).toContain('登录失败次数过多');
  const button = screen.getByTestId<HTMLButtonElement>('login-submit');
  expect(button.textContent).toContain('3');
  expect(button.disabled).toBe(true);
  await act(() => vi.advanceTimersByTimeAsync(3100));
  expect(button.disabled).toBe(false);
});

it('shows a refusal in the words of the server and signs nobody in', async () => {
  reply(401, { error: { ...error, code: 'sign_in', message: '账号或密码不正确。' } });
  submit();
  await settle();
  expect(screen.getByTestId('session-error').textContent).toContain('账号或密码不正确');
  expect(session.get()).toBeNull();
});

it('opens the session that was answered', async () => {
  reply(200, { account: 'wang', permissions: [] });
  submit();
  await settle();
  expect(session.get()).toMatchObject({ account: 'wang' });
});
