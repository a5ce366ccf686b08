import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, type Level } from '../api/client';
import { count } from '../lib/numbers';
import { useLive } from '../live/live';
import { LEVELS } from '../ui/LevelTag';
import { formatHash } from './route';
import { useMay } from './session';

/** A burst of alerts counts once. */
const SETTLE_MS = 500;

/** Open groups by level; each leads to its queue. */
export function Counters(): ReactElement | null {
  const { t } = useTranslation();
  const may = useMay('alerts.read');
  useRecount();
  const totals = useQueries({
    queries: LEVELS.map((level) => ({ queryKey: ['counters', level], queryFn: () => openOf(level), enabled: may })),
  });
  if (!may) return null;
  return (
    <nav className="counters" aria-label={t('counter.title')}>
      {LEVELS.map((level, index) => {
        const total = totals[index]?.data;
        return (
          <a
            key={level}
            href={formatHash('alerts', '', { level })}
            className={`counter level-${level}${total === 0 ? ' zero' : ''}`}
            data-testid={`counter-${level}`}
            title={t('counter.open')}
          >
            <b>{total === undefined ? '–' : count(total)}</b> {t(`level.${level}`)}
          </a>
        );
      })}
    </nav>
  );
}

async function openOf(level: Level): Promise<number> {
  const query = { status: ['open' as const], level: [level], limit: 1 };
  return (await answer(api.GET('/api/v1/alerts', { params: { query } }))).total;
}

function useRecount(): void {
  const cache = useQueryClient();
  const waiting = useRef(false);
  const recount = useCallback(() => {
    if (waiting.current) return;
    waiting.current = true;
    setTimeout(() => {
      waiting.current = false;
      void cache.invalidateQueries({ queryKey: ['counters'] });
    }, SETTLE_MS);
  }, [cache]);
  // A new group comes with its first alert.
  useLive('alert', recount);
  useLive('group', recount);
}
