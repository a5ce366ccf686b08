import { Select, Spin } from 'antd';
import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../../api/client';
import type { Fault } from '../../api/errors';
import { useFields } from '../../api/queries';
import { usePreferences } from '../../app/preferences';
import { go, useRoute } from '../../app/route';
import { count } from '../../lib/numbers';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Histogram } from './Histogram';
import { HitTable } from './HitTable';
import { DEFAULT_COLUMNS, readSearch, searchHash, type Search } from './link';
import { RangePicker } from './RangePicker';
import { remember } from './recent';
import { SearchBar } from './SearchBar';
import { useSearch } from './useSearch';
import './events.css';

export default function EventsPage(): ReactElement {
  const { params } = useRoute();
  const search = useMemo(() => readSearch(params), [params]);
  const [moment, setMoment] = useState(() => Date.now());
  const found = useSearch(search, moment);
  const change = useCallback((part: Partial<Search>) => go(searchHash({ ...search, ...part })), [search]);
  const run = (query: string) => {
    remember(query);
    setMoment(Date.now());
    change({ query });
  };
  return (
    <div className="events">
      <div className="events-head">
        <SearchBar asked={search.query} fault={found.fault} onSearch={run} />
        {found.fault && <QueryFault fault={found.fault} />}
        <div className="events-tools">
          <RangePicker
            range={search.range}
            onChange={(range) => {
              setMoment(Date.now());
              change({ range });
            }}
          />
          <Columns chosen={search.columns} onChange={(columns) => change({ columns })} />
          {found.loading && <Spin size="small" />}
          {found.first && <Summary page={found.first} />}
        </div>
        {found.histogram && <Histogram data={found.histogram} onZoom={(range) => change({ range })} />}
      </div>
      {found.error && <ErrorNote error={found.error} retry={found.retry} />}
      {found.first?.total === 0 && <NoHits search={search} />}
      {found.hits.length > 0 && (
        <HitTable
          hits={found.hits}
          columns={search.columns}
          oldestFirst={search.oldestFirst}
          onTurn={() => change({ oldestFirst: !search.oldestFirst })}
          more={found.more}
        />
      )}
    </div>
  );
}

function QueryFault({ fault }: { fault: Fault }): ReactElement {
  return (
    <p className="query-fault" role="alert" data-testid="search-error">
      {[fault.message, fault.detail, fault.hint].filter(Boolean).join(' ')}
    </p>
  );
}

/** How many, how fast, and how much of the traffic the answer is about. */
function Summary({ page }: { page: Schemas['EventPage'] }): ReactElement {
  const { t } = useTranslation();
  const { total, took_ms, partial, coverage } = page;
  return (
    <span className="summary" data-testid="search-summary">
      <b data-testid="search-total">{t('events.total', { count: total, shown: count(total) })}</b>
      <span>{t('events.took', { ms: count(took_ms) })}</span>
      {partial && <span className="warn">{t('events.partial')}</span>}
      <span className={coverage?.dropped === 0 ? '' : 'warn'} title={coverage ? undefined : t('events.coverage_unknown_why')}>
        {coverage
          ? t('events.coverage', { analysed: count(coverage.analysed), filtered: count(coverage.filtered), dropped: count(coverage.dropped) })
          : t('events.coverage_unknown')}
      </span>
    </span>
  );
}

function Columns({ chosen, onChange }: { chosen: readonly string[]; onChange: (columns: string[]) => void }): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const fields = useFields();
  const options = [...fields.values()].map(({ name, zh }) => ({ value: name, label: language === 'zh-CN' ? `${name} ${zh}` : name }));
  return (
    <Select
      mode="multiple"
      className="columns"
      data-testid="columns"
      aria-label={t('events.columns')}
      value={[...chosen]}
      options={options}
      maxTagCount={0}
      maxTagPlaceholder={() => t('events.columns_count', { count: chosen.length })}
      onChange={(columns) => onChange(columns.length > 0 ? columns : [...DEFAULT_COLUMNS])}
      popupMatchSelectWidth={380}
    />
  );
}

function NoHits({ search }: { search: Search }): ReactElement {
  const { t } = useTranslation();
  const narrow = search.range.kind !== 'all';
  return (
    <Empty title={t('events.none')}>
      <p>{narrow ? t('events.none_in_range') : t('events.none_at_all')}</p>
      {narrow && (
        <button type="button" className="link" onClick={() => go(searchHash({ ...search, range: { kind: 'all' } }))}>
          {t('events.widen')}
        </button>
      )}
    </Empty>
  );
}
