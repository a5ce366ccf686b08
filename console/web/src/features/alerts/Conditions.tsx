import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertDetail } from '../../api/client';
import { inert } from '../../lib/inert';
import { FieldName } from '../../ui/FieldTable';
import { Value } from '../../ui/Value';

type Condition = AlertDetail['conditions'][number];

/** Why the rule held: every condition with the value that satisfied it. */
export function Conditions({ conditions }: { conditions: readonly Condition[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="grid conditions">
      <thead>
        <tr>
          <th>{t('condition.field')}</th>
          <th>{t('condition.operator')}</th>
          <th>{t('condition.expected')}</th>
          <th>{t('condition.value')}</th>
        </tr>
      </thead>
      <tbody>
        {conditions.map((condition, index) => (
          <Row key={index} condition={condition} begins={condition.selection !== conditions[index - 1]?.selection} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  condition: Condition;
  /** The first condition of its selection, which is named once. */
  begins: boolean;
}

function Row({ condition: { selection, field, operator, expected, value }, begins }: RowProps): ReactElement {
  const { t } = useTranslation();
  return (
    <tr data-testid="condition-row">
      <td>
        {begins && (
          <code className="selection" title={t('condition.selection')}>
            {selection}
          </code>
        )}
        <FieldName name={field} />
      </td>
      <td>
        <Operator names={operator} />
      </td>
      <td className="mono">{inert(expected)}</td>
      <td className="mono">
        <Value field={field} value={value} />
      </td>
    </tr>
  );
}

/** As the rule writes it, `contains|all`, in the reader's words; a modifier without words stands as it came. */
export function Operator({ names }: { names: string }): ReactElement {
  const { t, i18n } = useTranslation();
  const word = (name: string) => (i18n.exists(`operator.${name}`) ? t(`operator.${name}` as 'operator.is') : name);
  return (
    <code className="operator" title={names}>
      {names.split('|').map(word).join(' · ')}
    </code>
  );
}
