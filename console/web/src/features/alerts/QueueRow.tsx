import { memo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertGroup } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { count, milliseconds } from '../../lib/numbers';
import { LevelTag } from '../../ui/LevelTag';
import { Time } from '../../ui/Time';
import { Value } from '../../ui/Value';
import { Platforms } from './Platforms';
import { StatusTag } from './StatusTag';
import { titleOf } from './texts';

interface Props {
  group: AlertGroup;
  current: boolean;
  marked: boolean;
  fresh: boolean;
  /** ms from the wire to this screen, when this tab saw it arrive. */
  latency: number | undefined;
  onOpen: (group: string) => void;
  onMark: (group: string) => void;
}

export const QueueRow = memo(function QueueRow({ group, current, marked, fresh, latency, onOpen, onMark }: Props): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const state = `${current ? ' current' : ''}${fresh ? ' fresh' : ''}${group.status === 'open' ? '' : ' judged'}`;
  return (
    <div
      role="row"
      className={`queue-row bar-${group.rule.level}${state}`}
      data-testid="alert-row"
      data-group={group.group}
      aria-selected={current}
      onClick={() => onOpen(group.group)}
    >
      <span role="gridcell" onClick={(event) => event.stopPropagation()}>
        <input type="checkbox" className="mark" checked={marked} aria-label={t('alerts.mark')} onChange={() => onMark(group.group)} />
      </span>
      <span role="gridcell">
        <LevelTag level={group.rule.level} />
      </span>
      <span role="gridcell" className="queue-title">
        <button type="button" className="title-button" onClick={() => onOpen(group.group)}>
          {titleOf(group.rule, language)}
        </button>
        <Entities group={group} />
      </span>
      <span role="gridcell" className="col-platform">
        <Platforms platforms={group.platforms} />
      </span>
      <span role="gridcell" className="number strong" title={t('alerts.score_is', { score: group.score })}>
        {count(group.count)}
      </span>
      <span role="gridcell" className="col-first">
        <Time ns={group.first_ns} brief />
      </span>
      <span role="gridcell">
        <Time ns={group.last_ns} brief />
        {latency !== undefined && <Latency ms={latency} />}
      </span>
      <span role="gridcell" className="col-status">
        <StatusTag status={group.status} />
        {group.assignee !== '' && <small className="assignee">{group.assignee}</small>}
      </span>
    </div>
  );
});

/** What the product promises from the wire to the screen. */
const PROMISED_MS = 1000;

/** Longer ones are mostly connections, which are judged when they end: not a fault, but not praised either. */
function Latency({ ms }: { ms: number }): ReactElement {
  const { t } = useTranslation();
  return (
    <small className={ms <= PROMISED_MS ? 'latency quick' : 'latency'} title={t('alerts.latency_why')}>
      {t('alerts.latency', { time: milliseconds(ms) })}
    </small>
  );
}

/** A narrow queue has no column for platforms: there they stand before the entities. */
function Entities({ group: { entities, platforms } }: { group: AlertGroup }): ReactElement {
  return (
    <span className="entities">
      <span className="in-line">
        <Platforms platforms={platforms} />
      </span>
      {Object.entries(entities).map(([field, value]) => (
        <span key={field} className="entity" title={field}>
          <Value field={field} value={value} />
        </span>
      ))}
    </span>
  );
}
