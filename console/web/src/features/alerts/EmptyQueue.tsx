import { Button } from 'antd';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useStatus, type Status } from '../../api/queries';
import { formatHash, go } from '../../app/route';
import { count } from '../../lib/numbers';
import { Empty } from '../../ui/Empty';
import { Time } from '../../ui/Time';
import { filterParams, type Filter } from './queue';

/** An empty queue is good news only if somebody is looking: the sensors and the events say so. */
export function EmptyQueue({ filter }: { filter: Filter }): ReactElement {
  const { t } = useTranslation();
  const { data } = useStatus();
  const everything: Filter = { ...filter, status: [], level: [], text: '' };
  return (
    <Empty title={t('alerts.none')}>
      {data && <Watching status={data} />}
      <Button onClick={() => go(formatHash('alerts', '', filterParams(everything)))}>{t('alerts.show_all')}</Button>
    </Empty>
  );
}

function Watching({ status }: { status: Status }): ReactElement {
  const { t } = useTranslation();
  const analyzer = status.processes.find(({ name }) => name === 'analyzer');
  if (status.sensors.length === 0) return <p className="warn">{t('alerts.none_no_sensor')}</p>;
  const events = status.sensors.reduce((sum, sensor) => sum + sensor.events, 0);
  return (
    <p>
      {t('alerts.none_watching', { sensors: status.sensors.length, events: count(events) })}
      {analyzer?.since_ns && (
        <>
          {' '}
          {t('alerts.since')} <Time ns={analyzer.since_ns} />
        </>
      )}
    </p>
  );
}
