import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { LevelTag } from '../../ui/LevelTag';
import { titleOf } from '../alerts/texts';

type Rulebook = Schemas['Rulebook'];

/** What is in force, and what is not because it is wrong, with the place to mend it. */
export function Rules({ rulebook: { rules, faults, content_version } }: { rulebook: Rulebook }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <p className="note">
        {t('status.rules_loaded', { count: rules.length })} <code>{content_version}</code>
      </p>
      {faults.length > 0 && <Faults faults={faults} />}
      <details>
        <summary>{t('status.rules_list')}</summary>
        <List rules={rules} />
      </details>
    </>
  );
}

function Faults({ faults }: { faults: Rulebook['faults'] }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="grid faults">
      <caption className="bad">{t('status.rules_broken', { count: faults.length })}</caption>
      <tbody>
        {faults.map(({ path, line, column, message, hint }, index) => (
          <tr key={index} data-testid="rule-fault">
            <td className="mono">
              {path}:{line}
              {column ? `:${column}` : ''}
            </td>
            <td>{message}</td>
            <td className="note">{hint}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ rules }: { rules: Rulebook['rules'] }): ReactElement {
  const { language } = usePreferences();
  return (
    <table className="grid">
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.id}>
            <td>
              <LevelTag level={rule.level} />
            </td>
            <td>{titleOf(rule, language)}</td>
            <td className="mono">{rule.techniques.join(' ')}</td>
            <td className="mono">{rule.path}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
