import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input, Skeleton } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, type Schemas } from '../../api/client';
import { count } from '../../lib/numbers';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';

type AuditRecord = Schemas['AuditRecord'];
const PAGE_SIZE = 100;

export default function AuditPage(): ReactElement {
  const { t } = useTranslation();
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => answer(api.GET('/api/v1/audit', { params: { query: { after: pageParam, limit: PAGE_SIZE } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? null,
  });
  const [filter, setFilter] = useState('');
  const records = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.audit')}</h1>
        <p className="note">{t('audit.about')}</p>
        <Input className="audit-filter" data-slash data-testid="audit-filter" allowClear aria-label={t('audit.filter')} placeholder={t('audit.filter')} value={filter} onChange={(event) => setFilter(event.target.value)} />
        <Button onClick={() => void refetch()}>{t('action.reload')}</Button>
      </div>
      {error && <ErrorNote error={error} retry={() => void refetch()} />}
      {isPending && <Skeleton active />}
      {!isPending && !error && records.length === 0 && <Empty title={t('audit.none')} />}
      {records.length > 0 && <Found records={records} filter={filter} />}
      {hasNextPage && (
        <Button className="more" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </div>
  );
}

/** The records read so far that hold every word; said so, since older pages may hold more. */
function Found({ records, filter }: { records: readonly AuditRecord[]; filter: string }): ReactElement {
  const { t } = useTranslation();
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = records.filter((record) => holds(record, words));
  return (
    <>
      {words.length > 0 && (
        <p className="note" data-testid="audit-found">
          {t('audit.found', { found: count(found.length), read: count(records.length) })}
        </p>
      )}
      <Records records={found} />
    </>
  );
}

function holds({ account, action, kind, object, result, reason, address }: AuditRecord, words: readonly string[]): boolean {
  const text = [account, action, kind, object, result, reason, address].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function Records({ records }: { records: readonly AuditRecord[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="grid">
      <thead>
        <tr>
          <th className="number">{t('audit.index')}</th>
          <th>{t('audit.time')}</th>
          <th>{t('audit.account')}</th>
          <th>{t('audit.action')}</th>
          <th>{t('audit.object')}</th>
          <th>{t('audit.result')}</th>
          <th>{t('audit.address')}</th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <Row key={record.index} record={record} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ record }: { record: AuditRecord }): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const good = record.result === 'done';
  return (
    <>
      <tr className={open ? 'open' : ''} data-testid="audit-row" onClick={() => setOpen(!open)}>
        <td className="number">
          <button type="button" className="expander" aria-expanded={open} aria-label={t('events.expand')}>
            {record.index}
          </button>
        </td>
        <td className="nowrap">
          <Time ns={record.at_ns} precision="millisecond" />
        </td>
        <td>
          <Who account={record.account} />
        </td>
        <td>
          <Action action={record.action} />
        </td>
        <td className="mono">{[record.kind, record.object].filter(Boolean).join(' ')}</td>
        <td>
          <span className={good ? 'good' : 'bad'}>{t(`audit.results.${record.result}`)}</span>
          {record.reason !== '' && <q>{record.reason}</q>}
        </td>
        <td className="mono">{record.address}</td>
      </tr>
      {open && (
        <tr className="document">
          <td />
          <td colSpan={6}>
            <Change record={record} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The code as rules and exports name it, and what it means. */
function Action({ action }: { action: string }): ReactElement {
  const { t, i18n } = useTranslation();
  const key = `audit.actions.${action}`;
  return (
    <>
      <code>{action}</code>
      {i18n.exists(key) && <small className="note"> {t(key as 'audit.actions.rules.reload')}</small>}
    </>
  );
}

/** People by their account; `@system` and `@local` are not people. */
function Who({ account }: { account: string }): ReactElement {
  const { t } = useTranslation();
  if (account === '@local') return <span title={account}>{t('audit.local')}</span>;
  if (account === '@system' || account === '') return <span title={account}>{t('audit.system')}</span>;
  return <>{account}</>;
}

function Change({ record }: { record: AuditRecord }): ReactElement {
  const { t } = useTranslation();
  const text = (value: unknown) => JSON.stringify(value ?? null, null, 2);
  return (
    <div className="change">
      <div>
        <h4>{t('audit.before')}</h4>
        <pre className="raw">{text(record.before)}</pre>
      </div>
      <div>
        <h4>{t('audit.after')}</h4>
        <pre className="raw">{text(record.after)}</pre>
      </div>
    </div>
  );
}
