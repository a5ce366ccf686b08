import { beforeEach, describe, expect, it, vi } from 'vitest';

import { answer, api, session, type Session } from '../../src/api/client';
import { ApiError, faultOf, worthRetrying } from '../../src/api/errors';

const SESSION: Session = {
  account: 'wang',
  name: '王',
  roles: ['security'],
  permissions: ['alerts.judge'],
  must_change_password: false,
  csrf: 'the-token',
  idle_seconds: 900,
};

let asked: Request[];

function reply(status: number, body: unknown): void {
  asked = [];
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request);
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } }));
  });
}

const undo = () => answer(api.POST('/api/v1/alerts/{group}/undo', { params: { path: { group: 'g/1' } }, body: { version: 1 } }));

beforeEach(() => session.set(SESSION));

describe('a call', () => {
  it('that changes something carries the CSRF token and the language', async () => {
    reply(200, {});
    await undo();
    expect(asked[0]?.headers.get('X-CSRF-Token')).toBe('the-token');
    expect(asked[0]?.headers.get('Accept-Language')).toBe('zh-CN');
    expect(new URL(asked[0]?.url ?? '').pathname).toBe('/api/v1/alerts/g%2F1/undo');
  });

  it('that only reads carries no token', async () => {
    reply(200, {});
    await answer(api.GET('/api/v1/status'));
    expect(asked[0]?.headers.has('X-CSRF-Token')).toBe(false);
  });

  it('repeats a filter for each of its values', async () => {
    reply(200, {});
    await answer(api.GET('/api/v1/alerts', { params: { query: { status: ['open', 'escalated'], level: [] } } }));
    expect(new URL(asked[0]?.url ?? '').searchParams.getAll('status')).toEqual(['open', 'escalated']);
  });

  it('is background work once nobody touched the console for a while', async () => {
    reply(200, {});
    dispatchEvent(new Event('keydown'));
    await answer(api.GET('/api/v1/status'));
    expect(asked[0]?.headers.has('X-Background')).toBe(false);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    await answer(api.GET('/api/v1/status'));
    expect(asked[1]?.headers.get('X-Background')).toBe('1');
    vi.restoreAllMocks();
  });
});

describe('a refusal', () => {
  const error = { code: 'conflict', message: '对象已被他人修改', hint: '请刷新后重试。', request: 'r1', detail: '' };

  it('becomes an error with the words of the server', async () => {
    reply(409, { error });
    await expect(undo()).rejects.toMatchObject({ status: 409, message: '对象已被他人修改', fault: error });
    expect(session.get()).toEqual(SESSION);
  });

  it('401 ends the session here', async () => {
    reply(401, { error: { ...error, code: 'session_ended' } });
    await expect(undo()).rejects.toBeInstanceOf(ApiError);
    expect(session.get()).toBeNull();
  });

  it('401 of the sign-in itself does not: it is a wrong password', async () => {
    reply(401, { error: { ...error, code: 'sign_in' } });
    await expect(answer(api.POST('/api/v1/session', { body: { account: 'a', password: 'b' } }))).rejects.toMatchObject({ status: 401 });
    expect(session.get()).toEqual(SESSION);
  });

  it('of the network has status 0', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
    await expect(undo()).rejects.toMatchObject({ status: 0, fault: null });
  });
});

it('believes only what looks like a fault', () => {
  for (const body of [null, 'x', {}, { error: null }, { error: 'x' }, { error: { code: 'x' } }]) expect(faultOf(body)).toBeNull();
});

it('asks again only when the console was away, and not for ever', () => {
  expect(worthRetrying(0, new ApiError(0, null))).toBe(true);
  expect(worthRetrying(0, new ApiError(503, null))).toBe(true);
  expect(worthRetrying(2, new ApiError(503, null))).toBe(false);
  expect(worthRetrying(0, new ApiError(422, null))).toBe(false);
  expect(worthRetrying(0, new Error('bug'))).toBe(false);
});
