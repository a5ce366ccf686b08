import { useQuery } from '@tanstack/react-query';
import { Popover, Segmented, Skeleton } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '../../api/client';
import { useRoute, type Route } from '../../app/route';
import { count } from '../../lib/numbers';
import { ErrorNote } from '../../ui/ErrorNote';
import { openField, type OpenField } from '../../ui/fieldMenu';
import { useEscape } from '../../ui/useEscape';
import { Value } from '../../ui/Value';
import { readSearch } from './link';
import { boundsOf } from './range';
import { termsOf, type Term } from './terms';
import './events.css';

const SIZE = 10;
const close = () => openField.set(null);

/** The values of one field and how often each occurs; stands where the field's name was pressed. */
export default function Terms({ open: { name, left, top } }: { open: OpenField }): ReactElement {
  useEscape(close);
  return (
    <Popover open trigger="click" placement="bottomLeft" onOpenChange={(shown) => !shown && close()} content={<Counted field={name} />}>
      <span className="value-menu-anchor" style={{ left, top }} />
    </Popover>
  );
}

function Counted({ field }: { field: string }): ReactElement {
  const { t } = useTranslation();
  const route = useRoute();
  const [fewest, setFewest] = useState(false);
  const [opened] = useState(() => Date.now());
  const query = { ...asked(route, opened), field, size: SIZE, fewest };
  const { data, error, refetch } = useQuery({
    queryKey: ['terms', query],
    queryFn: () => answer(api.GET('/api/v1/events/terms', { params: { query } })),
    select: termsOf,
  });
  return (
    <div className="terms" data-testid="terms">
      <div className="terms-head">
        <code>{field}</code>
        <Segmented
          size="small"
          value={fewest}
          onChange={setFewest}
          options={[
            { value: false, label: t('terms.most') },
            { value: true, label: t('terms.fewest') },
          ]}
        />
      </div>
      <p className="note">{route.page === 'events' ? t('terms.of_search') : t('terms.of_all')}</p>
      {error && <ErrorNote error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active title={false} />}
      {data && <List field={field} terms={data} />}
    </div>
  );
}

/** What the search on the screen asks; elsewhere everything. */
function asked(route: Route, now: number) {
  if (route.page !== 'events') return { query: '', start: '', end: '' };
  const { query, range } = readSearch(route.params);
  return { query, ...boundsOf(range, now) };
}

function List({ field, terms }: { field: string; terms: readonly Term[] }): ReactElement {
  const { t } = useTranslation();
  const top = Math.max(1, ...terms.map((term) => term.count));
  if (terms.length === 0) return <p className="note">{t('terms.none')}</p>;
  return (
    <ol>
      {terms.map((term) => (
        <li key={term.value} data-testid="term">
          <Value field={field} value={term.value} />
          <meter min={0} max={top} value={term.count} />
          <span className="number">{count(term.count)}</span>
        </li>
      ))}
    </ol>
  );
}
