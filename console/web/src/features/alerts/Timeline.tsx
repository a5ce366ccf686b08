import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertDetail } from '../../api/client';
import { milliseconds } from '../../lib/numbers';
import { gapMs, msOf } from '../../lib/time';
import { Time } from '../../ui/Time';

type Stamps = AlertDetail['stamps'];
type Stage = keyof Stamps;
const STAGES: readonly Stage[] = ['packet', 'parsed', 'matched', 'stored', 'shown'];

export interface Step {
  stage: Stage;
  ns: string;
  /** Since the step before, ms; null for the first. */
  gap: number | null;
}

/** The stages that were reached, in the order they were reached: an alert may be shown before it is stored. */
export function steps(stamps: Stamps): Step[] {
  const reached = STAGES.filter((stage) => msOf(stamps[stage]) !== null);
  reached.sort((a, b) => Number(BigInt(stamps[a]) - BigInt(stamps[b])));
  return reached.map((stage, index) => {
    const before = reached[index - 1];
    const ns = stamps[stage];
    return { stage, ns, gap: before === undefined ? null : gapMs(stamps[before], ns) };
  });
}

/** Lengths follow the square root: a slow stage stands out and a quick one stays visible. */
function width(gap: number | null): { flexGrow: number } {
  return { flexGrow: gap === null ? 0 : 1 + Math.sqrt(Math.max(0, gap)) };
}

/** Live traffic: how long each stage took. A capture file: that there is no such time, and what stamps there are. */
export function Timeline({ stamps }: { stamps: Stamps }): ReactElement {
  const { t } = useTranslation();
  const found = steps(stamps);
  const live = msOf(stamps.packet) !== null;
  const total = gapMs(found[0]?.ns ?? '0', found.at(-1)?.ns ?? '0');
  return (
    <div className="timeline" data-testid="stamps">
      {!live && <p className="note">{t('stamp.not_live')}</p>}
      <ol hidden={found.length === 0}>
        {found.map(({ stage, ns, gap }) => (
          <li key={stage} style={width(gap)} data-testid={`stamp-${stage}`}>
            {gap !== null && <span className="gap">{milliseconds(gap)}</span>}
            <span className="stop">
              <b>{t(`stamp.${stage}`)}</b>
              <Time ns={ns} precision="millisecond" brief />
            </span>
          </li>
        ))}
      </ol>
      {live && (
        <p className="note">
          {total !== null && found.length > 1 && t('stamp.total', { time: milliseconds(total) })}
          {msOf(stamps.shown) === null && ` ${t('stamp.not_shown')}`}
        </p>
      )}
    </div>
  );
}
