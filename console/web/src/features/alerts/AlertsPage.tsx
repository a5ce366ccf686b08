import { useQueryClient } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { useMemo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertStory } from '../../api/client';
import { useKeys } from '../../app/keys';
import { useRoute } from '../../app/route';
import { count } from '../../lib/numbers';
import { ErrorNote } from '../../ui/ErrorNote';
import { DetailPane } from './DetailPane';
import { EmptyQueue } from './EmptyQueue';
import { FilterBar } from './FilterBar';
import { readFilter } from './queue';
import { ReasonDialog } from './ReasonDialog';
import { Rows } from './Rows';
import { useActions } from './useActions';
import { useQueue } from './useQueue';
import { useView } from './useView';
import type { Act } from './VerdictBar';
import './alerts.css';

export default function AlertsPage(): ReactElement {
  const { params, item: opened } = useRoute();
  const filter = useMemo(() => readFilter(params), [params]);
  const queue = useQueue(filter);
  const { t } = useTranslation();
  const view = useView(filter, queue.items, opened);
  const actions = useActions(filter);
  const cache = useQueryClient();
  const targets = () => {
    const wanted = view.marked.size > 0 ? view.marked : new Set([view.current]);
    const listed = queue.items.filter((one) => wanted.has(one.group));
    // A group that was just judged has left the list, but is still open beside it: it can be taken back.
    const beside = cache.getQueryData<AlertStory>(['story', view.current])?.group;
    return listed.length > 0 || beside === undefined ? listed : [beside];
  };
  const act: Act = (what) => {
    actions.act(targets(), what);
    view.unmarkAll();
  };
  useKeys({
    j: () => view.step(1),
    k: () => view.step(-1),
    ArrowDown: () => view.step(1),
    ArrowUp: () => view.step(-1),
    Enter: view.openCurrent,
    Escape: () => (view.marked.size > 0 ? view.unmarkAll() : view.open('')),
    x: view.markCurrent,
    ...(actions.may && {
      a: () => act('acknowledged'),
      e: () => act('escalated'),
      f: () => act('false_positive'),
      u: () => act('undo'),
    }),
  });
  return (
    <div className={`alerts${opened ? ' with-detail' : ''}`}>
      <section className="queue" aria-label={t('nav.alerts')}>
        <FilterBar filter={filter} onChange={view.filter} summary={t('alerts.total', { count: queue.total, shown: count(queue.total) })} />
        {view.marked.size > 0 && <MarkedBar count={view.marked.size} act={act} may={actions.may} onClear={view.unmarkAll} />}
        {queue.error && <ErrorNote error={queue.error} retry={queue.retry} />}
        {queue.loading && <Skeleton active className="padded" />}
        {!queue.loading && !queue.error && queue.items.length === 0 && <EmptyQueue filter={filter} />}
        {queue.items.length > 0 && <Rows items={queue.items} view={view} />}
        {queue.more && (
          <Button className="more" onClick={queue.more} data-testid="queue-more">
            {t('action.more')}
          </Button>
        )}
      </section>
      {opened && <DetailPane key={opened} group={opened} act={(group, what) => actions.act([group], what)} onClose={() => view.open('')} />}
      {actions.asking && <ReasonDialog count={actions.asking.length} onDone={actions.reasoned} onCancel={actions.cancel} />}
    </div>
  );
}

interface MarkedBarProps {
  count: number;
  may: boolean;
  act: Act;
  onClear: () => void;
}

function MarkedBar({ count: marked, may, act, onClear }: MarkedBarProps): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="marked-bar" data-testid="marked-bar">
      <b>{t('alerts.marked', { count: marked })}</b>
      {may && (
        <>
          <Button size="small" onClick={() => act('acknowledged')}>
            {t('verdict.do.acknowledged')}
          </Button>
          <Button size="small" danger onClick={() => act('escalated')}>
            {t('verdict.do.escalated')}
          </Button>
          <Button size="small" onClick={() => act('false_positive')}>
            {t('verdict.do.false_positive')}
          </Button>
        </>
      )}
      <Button size="small" type="text" onClick={onClear}>
        {t('alerts.unmark')}
      </Button>
    </div>
  );
}
