import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertStory } from '../../api/client';
import { Time } from '../../ui/Time';

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
          <span>{differences(change).join('; ')}</span>
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

/** `status: open → acknowledged` for each value that changed. */
export function differences({ before, after }: Pick<Change, 'before' | 'after'>): string[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== 'version');
  return names
    .filter((name) => text(before[name]) !== text(after[name]))
    .map((name) => `${name}: ${text(before[name]) || '–'} → ${text(after[name]) || '–'}`);
}
