import { memo, useEffect, useRef, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { fieldRows, idOf, valuesOf, type Document } from '../../lib/documents';
import { nsOfIso } from '../../lib/time';
import { DocumentView } from '../../ui/DocumentView';
import { FieldName } from '../../ui/FieldTable';
import { Time } from '../../ui/Time';
import { Value } from '../../ui/Value';

interface Props {
  hits: readonly Document[];
  columns: readonly string[];
  oldestFirst: boolean;
  onTurn: () => void;
  more: (() => void) | null;
}

export function HitTable({ hits, columns, oldestFirst, onTurn, more }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="hits">
      <table className="grid">
        <thead>
          <tr>
            <th aria-label={t('events.expand')} />
            <th aria-sort={oldestFirst ? 'ascending' : 'descending'}>
              <button type="button" className="link" onClick={onTurn} data-testid="turn-order">
                {t('events.time')} {oldestFirst ? '↑' : '↓'}
              </button>
            </th>
            {columns.map((name) => (
              <th key={name}>
                <FieldName name={name} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hits.map((hit) => (
            <Hit key={idOf(hit)} hit={hit} columns={columns} />
          ))}
        </tbody>
      </table>
      {more && <Sentinel reach={more} />}
    </div>
  );
}

const Hit = memo(function Hit({ hit, columns }: { hit: Document; columns: readonly string[] }): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const moment = nsOfIso(valuesOf(hit, '@timestamp')[0] ?? '');
  const cells = new Map(fieldRows(hit).map(({ name, values }) => [name, values]));
  return (
    <>
      <tr data-testid="hit-row" className={open ? 'open' : ''} onClick={() => setOpen(!open)}>
        <td>
          <button type="button" className="expander" aria-expanded={open} aria-label={t('events.expand')}>
            {open ? '▾' : '▸'}
          </button>
        </td>
        <td className="nowrap">{moment !== null && <Time ns={moment} precision="millisecond" />}</td>
        {columns.map((name) => (
          <td key={name} className="mono">
            {cells.get(name)?.map((value, index) => <Value key={index} field={name} value={value} />)}
          </td>
        ))}
      </tr>
      {open && (
        <tr className="document">
          <td />
          <td colSpan={columns.length + 1}>
            <DocumentView document={hit} />
          </td>
        </tr>
      )}
    </>
  );
});

/** Reads the next page when the end comes near; also a button, for keyboards. */
function Sentinel({ reach }: { reach: () => void }): ReactElement {
  const { t } = useTranslation();
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && reach(), { rootMargin: '400px' });
    if (ref.current) watcher.observe(ref.current);
    return () => watcher.disconnect();
  }, [reach]);
  return (
    <button type="button" className="link more" ref={ref} onClick={reach} data-testid="hits-more">
      {t('action.more')}
    </button>
  );
}
