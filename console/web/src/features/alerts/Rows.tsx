import { useMemo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertGroup } from '../../api/client';
import { useFresh } from './fresh';
import { QueueRow } from './QueueRow';
import { useLatencies, useReportShown } from './shown';
import { useWindow } from './useWindow';
import type { View } from './useView';

export function Rows({ items, view }: { items: readonly AlertGroup[]; view: View }): ReactElement {
  const { t } = useTranslation();
  const fresh = useFresh();
  const latencies = useLatencies();
  const [drawn, end] = useWindow();
  const rows = useMemo(() => items.slice(0, drawn), [items, drawn]);
  useReportShown(rows);
  return (
    <div role="grid" className="queue-grid" aria-label={t('nav.alerts')}>
      <div role="row" className="queue-row queue-header">
        <span role="columnheader" />
        <span role="columnheader">{t('alerts.level')}</span>
        <span role="columnheader">{t('alerts.title')}</span>
        <span role="columnheader" className="col-platform">
          {t('alerts.platform')}
        </span>
        <span role="columnheader" className="number">
          {t('alerts.count')}
        </span>
        <span role="columnheader" className="col-first">
          {t('alerts.first')}
        </span>
        <span role="columnheader">{t('alerts.last')}</span>
        <span role="columnheader" className="col-status">
          {t('alerts.status')}
        </span>
      </div>
      {rows.map((group) => (
        <QueueRow
          key={group.group}
          group={group}
          current={group.group === view.current}
          marked={view.marked.has(group.group)}
          fresh={fresh.has(group.group)}
          latency={latencies.get(group.latest)}
          onOpen={view.open}
          onMark={view.mark}
        />
      ))}
      {drawn < items.length && <span key={drawn} ref={end} aria-hidden />}
    </div>
  );
}
