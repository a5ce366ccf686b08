import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { idOf, valuesOf, type Document } from '../../lib/documents';
import { nsOfIso } from '../../lib/time';
import { DocumentView } from '../../ui/DocumentView';
import { Time } from '../../ui/Time';

/** What tells one event from another at a glance. */
const SUMMARY = ['event.dataset', 'source.ip', 'destination.ip', 'destination.port', 'dns.question.name'] as const;

export function Evidence({ events }: { events: readonly Document[] }): ReactElement {
  const { t } = useTranslation();
  if (events.length === 0) return <p className="note">{t('alerts.no_events')}</p>;
  return (
    <div className="evidence">
      {events.map((event, index) => (
        <Event key={idOf(event)} event={event} open={index === 0 && events.length === 1} />
      ))}
    </div>
  );
}

function Event({ event, open }: { event: Document; open: boolean }): ReactElement {
  const moment = nsOfIso(valuesOf(event, '@timestamp')[0] ?? '');
  return (
    <details open={open} data-testid="evidence-event">
      <summary>
        {moment !== null && <Time ns={moment} precision="millisecond" />}
        {SUMMARY.map((field) => valuesOf(event, field).join(' '))
          .filter(Boolean)
          .map((text, index) => (
            <code key={index}>{text}</code>
          ))}
      </summary>
      <DocumentView document={event} />
    </details>
  );
}
