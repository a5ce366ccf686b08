/**
 * Where the user is. The whole state of a screen is in the fragment, so a link reproduces it, and a query never
 * reaches a proxy's log or a referrer.
 */
import { useMemo, useSyncExternalStore } from 'react';

export const PAGES = ['alerts', 'events', 'audit', 'status', 'accounts'] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  page: Page;
  item: string;
  params: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [name, ...rest] = path.split('/');
  const page = PAGES.find((known) => known === name) ?? 'alerts';
  return { page, item: decode(rest.join('/')), params: new URLSearchParams(query) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}

export function formatHash(page: Page, item = '', params: Record<string, string> = {}): string {
  const kept = Object.entries(params).filter(([, value]) => value !== '');
  const query = new URLSearchParams(kept).toString();
  return `#/${page}${item && `/${encodeURIComponent(item)}`}${query && `?${query}`}`;
}

/** replace: the step is not worth a press of the back button (a selection, a typed filter). */
export function go(hash: string, { replace = false } = {}): void {
  if (hash === location.hash) return;
  if (replace) location.replace(hash);
  else location.assign(hash);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseHash(hash), [hash]);
}
