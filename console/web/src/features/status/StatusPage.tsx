import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import { useCallback, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '../../api/client';
import { useStatus, type Status } from '../../api/queries';
import { useMay } from '../../app/session';
import { bytes, count, milliseconds } from '../../lib/numbers';
import { useLive } from '../../live/live';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';
import { RetentionButton } from './Retention';
import { Rules } from './Rules';
import { ProcessName, State } from './State';
import './status.css';

export default function StatusPage(): ReactElement {
  const { t } = useTranslation();
  const { data, error, refetch } = useStatus();
  useLive(
    'status',
    useCallback(() => void refetch(), [refetch]),
  );
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.status')}</h1>
      </div>
      {error && <ErrorNote error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <Content status={data} />}
      {useMay('alerts.read') && <RulesPanel />}
    </div>
  );
}

function Content({ status }: { status: Status }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <Warnings warnings={status.warnings} />
      <Tiles status={status} />
      <Panel title={t('status.processes')}>
        <Processes processes={status.processes} />
      </Panel>
      <Panel title={t('status.sensors')}>
        <Sensors sensors={status.sensors} />
      </Panel>
    </>
  );
}

export function Panel({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** The console's server words a warning in the language asked for; the code is what a manual or a colleague finds it by. */
function Warnings({ warnings }: { warnings: Status['warnings'] }): ReactElement {
  return (
    <div className="warnings">
      {warnings.map(({ code, message }, index) => (
        <Alert key={index} type="warning" showIcon data-testid="warning" title={message} action={<code className="note">{code}</code>} />
      ))}
    </div>
  );
}

function Tiles({ status: { store, latency, disk, retention, evidence } }: { status: Status }): ReactElement {
  const { t } = useTranslation();
  const mayKeep = useMay('retention.manage');
  const unknown = t('status.unknown');
  const time = (ms: number | null) => (ms === null ? unknown : milliseconds(ms));
  const free = disk.total_bytes > 0 ? disk.free_bytes / disk.total_bytes : 0;
  return (
    <div className="tiles">
      <Tile title={t('status.latency_p99')} value={time(latency.p99_ms)} note={t('status.latency_note', { p50: time(latency.p50_ms), count: latency.count })} />
      <Tile title={t('status.documents')} value={count(store.documents)} note={daysOf(store)} />
      <Tile title={t('status.store_size')} value={bytes(store.bytes)} note={t('status.partitions', { count: store.partitions })} />
      <Tile title={t('status.disk_free')} value={bytes(disk.free_bytes)} note={t('status.disk_of', { total: bytes(disk.total_bytes) })}>
        <meter min={0} max={1} low={0.1} value={free} />
      </Tile>
      <Tile
        title={t('status.evidence')}
        value={bytes(evidence.bytes)}
        note={t('status.evidence_note', { ...evidence, total: bytes(evidence.max_bytes) })}
      >
        {evidence.fault !== '' && <small className="bad">{t('status.evidence_fault', { fault: evidence.fault })}</small>}
      </Tile>
      <Tile title={t('status.retention')} value={t('status.days', { count: retention.days })} note={t('status.retention_note')}>
        {mayKeep && <RetentionButton days={retention.days} />}
      </Tile>
    </div>
  );
}

/** The days there are events of; one day is said once. */
function daysOf({ oldest_day, newest_day }: Status['store']): string {
  return [...new Set([oldest_day ?? '–', newest_day ?? '–'])].join(' … ');
}

interface TileProps {
  title: string;
  value: string;
  note: string;
  children?: ReactNode;
}

function Tile({ title, value, note, children }: TileProps): ReactElement {
  return (
    <div className="tile">
      <span>{title}</span>
      <b>{value}</b>
      {children}
      <small>{note}</small>
    </div>
  );
}

function Processes({ processes }: { processes: Status['processes'] }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="grid">
      <thead>
        <tr>
          <th>{t('status.name')}</th>
          <th>{t('status.state')}</th>
          <th className="number">{t('status.pid')}</th>
          <th>{t('status.since')}</th>
          <th className="number">{t('status.restarts')}</th>
        </tr>
      </thead>
      <tbody>
        {processes.map(({ name, state, pid, since_ns, restarts }) => (
          <tr key={name} data-testid={`process-${name}`}>
            <td>
              <ProcessName name={name} />
            </td>
            <td>
              <State state={state} />
            </td>
            <td className="number">{pid ?? '–'}</td>
            <td>{since_ns ? <Time ns={since_ns} /> : '–'}</td>
            <td className="number">{count(restarts)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}


function Sensors({ sensors }: { sensors: Status['sensors'] }): ReactElement {
  const { t } = useTranslation();
  if (sensors.length === 0) return <Empty title={t('status.no_sensor')} />;
  return (
    <table className="grid">
      <thead>
        <tr>
          <th>{t('status.sensor')}</th>
          <th>{t('status.state')}</th>
          <th>{t('status.last_seen')}</th>
          <th className="number">{t('status.events')}</th>
          <th className="number">{t('status.batches')}</th>
          <th className="number">{t('status.lag')}</th>
          <th>{t('status.epoch')}</th>
        </tr>
      </thead>
      <tbody>
        {sensors.map(({ sensor, state, last_seen_ns, events, batches, lag_ms, epoch }) => (
          <tr key={sensor} data-testid="sensor-row">
            <td>{sensor}</td>
            <td>
              <State state={state} />
            </td>
            <td>
              <Time ns={last_seen_ns} />
            </td>
            <td className="number">{count(events)}</td>
            <td className="number">{count(batches)}</td>
            <td className="number">{lag_ms == null ? '–' : milliseconds(lag_ms)}</td>
            <td className="mono">{epoch}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const RULES = ['rules'];

function RulesPanel(): ReactElement {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const mayManage = useMay('rules.manage');
  const { data, error, refetch } = useQuery({ queryKey: RULES, queryFn: () => answer(api.GET('/api/v1/rules')) });
  const reload = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/rules/reload')),
    onSuccess: (rulebook) => cache.setQueryData(RULES, rulebook),
  });
  return (
    <Panel title={t('status.rules')}>
      {error && <ErrorNote error={error} retry={() => void refetch()} />}
      {reload.error && <ErrorNote error={reload.error} />}
      {data && <Rules rulebook={data} />}
      {mayManage && (
        <Button size="small" data-testid="rules-reload" loading={reload.isPending} onClick={() => reload.mutate()}>
          {t('status.rules_reload')}
        </Button>
      )}
    </Panel>
  );
}
