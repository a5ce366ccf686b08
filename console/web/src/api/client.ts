import createClient, { type Middleware } from 'openapi-fetch';

import { preferences } from '../app/preferences';
import { keepDigits } from '../lib/exact';
import { createStore } from '../lib/store';
import { ApiError, faultOf } from './errors';
import type { components, paths } from './schema.gen';

export type Schemas = components['schemas'];
export type Session = Schemas['Session'];
export type AlertGroup = Schemas['AlertGroup'];
export type AlertDetail = Schemas['AlertDetail'];
export type AlertStory = Schemas['AlertStory'];
export type Level = Schemas['RuleHead']['level'];
export type Verdict = Schemas['Judgement']['verdict'];

/** null: signed out; undefined: not asked yet. */
export const session = createStore<Session | null | undefined>(undefined);

/** A call is background work when nobody touched the console for this long: it must not keep a session alive. */
const IDLE_AFTER_MS = 60_000;
const SAFE = new Set(['GET', 'HEAD']);

let touched = Date.now();
for (const kind of ['pointerdown', 'keydown', 'wheel']) {
  addEventListener(kind, () => (touched = Date.now()), { passive: true });
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', preferences.get().language);
    if (!SAFE.has(request.method)) request.headers.set('X-CSRF-Token', session.get()?.csrf ?? '');
    if (Date.now() - touched > IDLE_AFTER_MS) request.headers.set('X-Background', '1');
    return request;
  },
};

const ended: Middleware = {
  onResponse({ response, request }) {
    const signingIn = request.method === 'POST' && new URL(request.url).pathname.endsWith('/session');
    if (response.status === 401 && !signingIn) session.set(null);
  },
};

/** Documents hold 64-bit numbers, which JSON.parse would round. */
const exact: Middleware = {
  async onResponse({ response }) {
    if (!response.headers.get('Content-Type')?.startsWith('application/json')) return undefined;
    const { status, statusText, headers: answered } = response;
    const kept = new Headers(answered);
    kept.delete('Content-Length');
    return new Response(keepDigits(await response.text()), { status, statusText, headers: kept });
  },
};

// The browser's fetch is looked up at each call, so that tests can stand in for the network.
export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => globalThis.fetch(request) });
api.use(headers, ended, exact);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data, or an ApiError that people can read. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new ApiError(0, null, cause);
  });
  if (!response.ok) throw new ApiError(response.status, faultOf(error));
  return data as T;
}
