import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertStory } from '../../api/client';
import { Time } from '../../ui/Time';
import { STATUSES } from './queue';

type Change = AlertStory['history'][number];

export function History({ changes }: { changes: readonly Change[] }): ReactElement {
  const { t, i18n } = useTranslation();
  if (changes.length === 0) return <p className="note">{t('alerts.no_history')}</p>;
  return (
    <ul className="history" data-testid="alert-history">
      {changes.map((change, index) => (
        <li key={index} className={change.undone ? 'undone' : ''}>
          <Time ns={change.at_ns} />
          <b>{change.account}</b>
          <span>{i18n.exists(`change.${change.action}`) ? t(`change.${change.action}` as 'change.verdict') : change.action}</span>
          {differences(change).map((difference) => (
            <Difference key={difference.name} {...difference} />
          ))}
          {change.reason && <q>{change.reason}</q>}
        </li>
      ))}
    </ul>
  );
}

/** Not taken back yet, and not itself a taking back. */
export function isStanding({ action, undone }: Pick<Change, 'action' | 'undone'>): boolean {
  return action !== 'undo' && !undone;
}

interface Changed {
  name: string;
  from: string;
  to: string;
}

/** `Status: Open → Acknowledged` in the reader's language; names a newer analyzer invents as they came. */
function Difference({ name, from, to }: Changed): ReactElement {
  const { t, i18n } = useTranslation();
  const label = i18n.exists(`alerts.${name}`) ? t(`alerts.${name}` as 'alerts.status') : name;
  const word = (value: string) => STATUSES.find((status) => status === value);
  const show = (value: string) => {
    const known = name === 'status' ? word(value) : undefined;
    return known ? t(`verdict.${known}`) : value || '–';
  };
  return (
    <span>
      {label}: {show(from)} → {show(to)}
    </span>
  );
}

/** What is said beside them: the version is bookkeeping, the verdict is the status, the reason is quoted. */
const UNSAID = new Set(['version', 'verdict', 'reason']);

/** Each value that changed. */
export function differences({ before, after }: Pick<Change, 'before' | 'after'>): Changed[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !UNSAID.has(name));
  return names
    .filter((name) => text(before[name]) !== text(after[name]))
    .map((name) => ({ name, from: text(before[name]), to: text(after[name]) }));
}
