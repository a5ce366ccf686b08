import { useMemo, type MouseEvent, type ReactElement } from 'react';

import { useFields } from '../api/queries';
import { usePreferences } from '../app/preferences';
import { useMay } from '../app/session';
import { fieldRows, type Document, type FieldRow } from '../lib/documents';
import { openField } from './fieldMenu';
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

function openAt(name: string, event: MouseEvent<HTMLElement>): void {
  event.stopPropagation();
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  openField.set({ name, left: left + 12, top: bottom });
}

/**
 * The ECS name, with the catalogue's Chinese label beside it for Chinese readers (never instead). A press counts the
 * field's values.
 */
export function FieldName({ name }: { name: string }): ReactElement {
  const { language } = usePreferences();
  const field = useFields().get(name);
  const mayCount = useMay('events.read');
  const label = language === 'zh-CN' && field && <small>{field.zh}</small>;
  if (!field || !mayCount) {
    return (
      <span className="field-name">
        <code>{name}</code>
        {label}
      </span>
    );
  }
  return (
    <button type="button" className="field-name" title={field.meaning} data-testid="field-name" onClick={(event) => openAt(name, event)}>
      <code>{name}</code>
      {label}
    </button>
  );
}
