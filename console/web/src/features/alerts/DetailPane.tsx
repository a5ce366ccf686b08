import { CloseOutlined } from '@ant-design/icons';
import { Button, Skeleton } from 'antd';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertDetail, AlertGroup, AlertStory } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { count } from '../../lib/numbers';
import { ErrorNote } from '../../ui/ErrorNote';
import { FieldName } from '../../ui/FieldTable';
import { LevelTag } from '../../ui/LevelTag';
import { Time } from '../../ui/Time';
import { Value } from '../../ui/Value';
import { Conditions } from './Conditions';
import { Evidence } from './Evidence';
import { History, isStanding } from './History';
import { Holdings } from './Holdings';
import { Platforms } from './Platforms';
import { StatusTag } from './StatusTag';
import { descriptionOf, missesOf, titleOf } from './texts';
import { Timeline } from './Timeline';
import { useStory } from './useStory';
import { VerdictBar, type Act } from './VerdictBar';

interface Props {
  group: string;
  act: (group: AlertGroup, ...rest: Parameters<Act>) => void;
  onClose: () => void;
}

export function DetailPane({ group, act, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const { data, error, refetch } = useStory(group);
  return (
    <aside className="detail" data-testid="alert-detail" data-group={group} aria-label={t('alerts.detail')}>
      <Button className="detail-close" type="text" icon={<CloseOutlined />} aria-label={t('action.close')} onClick={onClose} />
      {error && !data && <ErrorNote error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <Story key={group} story={data} act={(what) => act(data.group, what)} />}
    </aside>
  );
}

function Story({ story, act }: { story: AlertStory; act: Act }): ReactElement {
  const { t } = useTranslation();
  const { group, alerts, events, history } = story;
  const [chosen, setChosen] = useState('');
  const alert = alerts.find((one) => one.id === (chosen || group.latest)) ?? alerts[0];
  return (
    <>
      <Head group={group} />
      <VerdictBar group={group} undoable={history.some(isStanding)} act={act} />
      {alerts.length > 1 && <Buckets alerts={alerts} chosen={alert?.id ?? ''} onChoose={setChosen} />}
      {alert && <Explanation alert={alert} />}
      <Section title={t('alerts.events', { count: events.length })}>
        <Evidence events={events} />
      </Section>
      <Section title={t('evidence.title')}>
        <Holdings group={group.group} count={group.count} />
      </Section>
      {alert && <AboutRule rule={alert.rule} />}
      <Section title={t('alerts.history')}>
        <History changes={history} />
      </Section>
    </>
  );
}

function Head({ group }: { group: AlertGroup }): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { rule } = group;
  return (
    <header className={`detail-head bar-${rule.level}`}>
      <div className="badges">
        <LevelTag level={rule.level} />
        <StatusTag status={group.status} />
        {[...rule.techniques, ...rule.tactics].map((id) => (
          <code key={id} className="attack">
            {id}
          </code>
        ))}
      </div>
      <h2 data-testid="alert-title">{titleOf(rule, language)}</h2>
      <dl className="facts">
        <Fact name={t('alerts.count')}>{count(group.count)}</Fact>
        <Fact name={t('alerts.score')}>{group.score}</Fact>
        <Fact name={t('alerts.first')}>
          <Time ns={group.first_ns} />
        </Fact>
        <Fact name={t('alerts.last')}>
          <Time ns={group.last_ns} />
        </Fact>
        <Fact name={t('alerts.platform')}>
          <Platforms platforms={group.platforms} />
        </Fact>
        {group.assignee !== '' && <Fact name={t('alerts.assignee')}>{group.assignee}</Fact>}
        {group.reason !== '' && <Fact name={t('alerts.reason')}>{group.reason}</Fact>}
      </dl>
      <table className="fields">
        <tbody>
          {Object.entries(group.entities).map(([field, value]) => (
            <tr key={field}>
              <th scope="row">
                <FieldName name={field} />
              </th>
              <td>
                <Value field={field} value={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface BucketsProps {
  alerts: readonly AlertDetail[];
  chosen: string;
  onChoose: (id: string) => void;
}

/** One alert per stretch of event time: which of them the conditions and stamps below are of. */
function Buckets({ alerts, chosen, onChoose }: BucketsProps): ReactElement {
  return (
    <div className="buckets">
      {alerts.map(({ id, opened_ns, count: detections }) => (
        <Button key={id} size="small" type={id === chosen ? 'primary' : 'default'} onClick={() => onChoose(id)}>
          <Time ns={opened_ns} brief />
          <span className="number">×{count(detections)}</span>
        </Button>
      ))}
    </div>
  );
}

function Explanation({ alert }: { alert: AlertDetail }): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <>
      <p className="description">{descriptionOf(alert.rule, language)}</p>
      <Section title={t('alerts.conditions')}>
        <Conditions conditions={alert.conditions} />
      </Section>
      <Section title={t('alerts.stamps')}>
        <Timeline stamps={alert.stamps} />
      </Section>
      <Section title={t('alerts.score_parts')}>
        <ScoreParts parts={alert.score} />
      </Section>
    </>
  );
}

function ScoreParts({ parts }: { parts: AlertDetail['score'] }): ReactElement {
  const { t, i18n } = useTranslation();
  return (
    <ul className="score">
      {parts.map(({ name, points }) => (
        <li key={name}>
          <span>{i18n.exists(`score.${name}`) ? t(`score.${name}` as 'score.level') : name}</span>
          <meter min={0} max={100} value={Math.abs(points)} />
          <b className="number">{points > 0 ? `+${points}` : points}</b>
        </li>
      ))}
    </ul>
  );
}

function AboutRule({ rule }: { rule: AlertDetail['rule'] }): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const misses = missesOf(rule, language);
  return (
    <Section title={t('alerts.rule')}>
      {misses !== '' && (
        <p className="misses">
          <b>{t('alerts.misses')}</b> {misses}
        </p>
      )}
      {rule.falsepositives.length > 0 && (
        <p className="misses">
          <b>{t('alerts.falsepositives')}</b> {rule.falsepositives.join(' · ')}
        </p>
      )}
      <p className="note">
        <code>{rule.path}</code> {rule.version} <code>{rule.id}</code>
      </p>
      {rule.text !== '' && (
        <details>
          <summary>{t('alerts.rule_text')}</summary>
          <pre className="raw">{rule.text}</pre>
        </details>
      )}
    </Section>
  );
}
