import type { ReactElement } from 'react';

import { usePreferences } from '../app/preferences';
import { clock } from '../lib/clock';
import { useStore } from '../lib/store';
import { formatBrief, formatNs, formatUtc, type Precision } from '../lib/time';

interface Props {
  ns: string;
  precision?: Precision;
  /** Leave out the date while it is today. */
  brief?: boolean;
}

/** A moment in the chosen zone, with UTC on hover. */
export function Time({ ns, precision = 'second', brief = false }: Props): ReactElement | null {
  const { zone } = usePreferences();
  const now = useStore(clock);
  const text = brief ? formatBrief(ns, zone, now, precision) : formatNs(ns, zone, precision);
  if (text === '') return null;
  return (
    <time className="time" title={formatUtc(ns)}>
      {text}
    </time>
  );
}
