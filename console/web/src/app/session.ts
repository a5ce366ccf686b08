import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';

import { answer, api, session, type Session } from '../api/client';
import { ApiError, faultOf } from '../api/errors';
import { useStore } from '../lib/store';
import { liveState, startLive, useLive } from '../live/live';

const SESSION_KEY = ['session'];
/** A stream refused for want of a session looks like a lost one: only asking tells them apart. */
const RECHECK_MS = 5000;

export function useSession(): Session | null | undefined {
  return useStore(session);
}

export function useMay(permission: string): boolean {
  return useSession()?.permissions.includes(permission) ?? false;
}

/** 401 is an answer here (signed out), not a failure. */
async function readSession(): Promise<Session | null> {
  const { data, error, response } = await api.GET('/api/v1/session');
  if (!data && response.status !== 401) throw new ApiError(response.status, faultOf(error));
  session.set(data ?? null);
  return data ?? null;
}

/** Asks once at the start; the session itself is followed through useSession. */
export function useSessionCheck(): UseQueryResult<Session | null> {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: Infinity });
}

export async function signOut(): Promise<void> {
  await answer(api.DELETE('/api/v1/session'));
  session.set(null);
}

/**
 * While signed in the stream is open. A pushed change of the session, or a lost stream (it also ends with the session),
 * is a reason to ask who we are. After signing out nothing that was read is kept.
 */
export function useSignedInWork(): void {
  const cache = useQueryClient();
  const { phase } = useStore(liveState);
  const check = useCallback(() => void cache.invalidateQueries({ queryKey: SESSION_KEY }), [cache]);
  const readAgain = useCallback(() => void cache.invalidateQueries(), [cache]);
  useEffect(() => startLive(), []);
  useEffect(() => () => cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] }), [cache]);
  useEffect(() => {
    if (phase !== 'reconnecting') return undefined;
    check();
    const timer = setInterval(check, RECHECK_MS);
    return () => clearInterval(timer);
  }, [phase, check]);
  useLive('session', check);
  useLive('resync', readAgain);
}
