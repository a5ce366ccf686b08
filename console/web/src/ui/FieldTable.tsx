import { useMemo, type ReactElement } from 'react';

import { useFields } from '../api/queries';
import { usePreferences } from '../app/preferences';
import { fieldRows, type Document, type FieldRow } from '../lib/documents';
import { Value } from './Value';

/** A document as field, label, values; every value can be clicked. */
export function FieldTable({ document }: { document: Document }): ReactElement {
  const rows = useMemo(() => fieldRows(document), [document]);
  return (
    <table className="fields" data-testid="field-table">
      <tbody>
        {rows.map((row) => (
          <Row key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: FieldRow }): ReactElement {
  return (
    <tr>
      <th scope="row">
        <FieldName name={row.name} />
      </th>
      <td>
        {row.values.map((value, index) => (
          // Values may repeat; their place is their identity.
          <Value key={index} field={row.name} value={value} />
        ))}
      </td>
    </tr>
  );
}

/** The ECS name, with the catalogue's Chinese label beside it for Chinese readers (never instead). */
export function FieldName({ name }: { name: string }): ReactElement {
  const { language } = usePreferences();
  const field = useFields().get(name);
  return (
    <span className="field-name" title={field?.meaning}>
      <code>{name}</code>
      {language === 'zh-CN' && field && <small>{field.zh}</small>}
    </span>
  );
}
