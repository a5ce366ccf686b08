import { Input, Select } from 'antd';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { LEVELS } from '../../ui/LevelTag';
import { SORTS, STATUSES, type Filter } from './queue';

/** A search starts when typing pauses. */
const TYPING_MS = 300;

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
  summary: string;
}

export function FilterBar({ filter, onChange, summary }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="filter-bar" role="search">
      <Select
        mode="multiple"
        className="filter-status"
        data-testid="filter-status"
        aria-label={t('alerts.status')}
        placeholder={t('alerts.any_status')}
        value={filter.status}
        onChange={(status) => onChange({ ...filter, status })}
        options={STATUSES.map((value) => ({ value, label: t(`verdict.${value}`) }))}
        maxTagCount="responsive"
        allowClear
      />
      <Select
        mode="multiple"
        className="filter-level"
        data-testid="filter-level"
        aria-label={t('alerts.level')}
        placeholder={t('alerts.any_level')}
        value={filter.level}
        onChange={(level) => onChange({ ...filter, level })}
        options={LEVELS.map((value) => ({ value, label: t(`level.${value}`) }))}
        maxTagCount="responsive"
        allowClear
      />
      <TextFilter text={filter.text} onChange={(text) => onChange({ ...filter, text })} />
      <Select
        className="filter-sort"
        aria-label={t('alerts.order')}
        value={filter.sort}
        onChange={(sort) => onChange({ ...filter, sort })}
        options={SORTS.map((value) => ({ value, label: t(`alerts.sort.${value}`) }))}
      />
      <span className="summary" data-testid="queue-summary">
        {summary}
      </span>
    </div>
  );
}

function TextFilter({ text, onChange }: { text: string; onChange: (text: string) => void }): ReactElement {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => latest.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <Input
      className="filter-text"
      data-testid="filter-text"
      data-slash
      placeholder={t('alerts.text')}
      aria-label={t('alerts.text')}
      maxLength={256}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      allowClear
    />
  );
}
