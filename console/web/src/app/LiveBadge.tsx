import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useStore } from '../lib/store';
import { nsOf } from '../lib/time';
import { liveState } from '../live/live';
import { Time } from '../ui/Time';

/** Whether the queue below is the present, and since when it is not. */
export function LiveBadge(): ReactElement {
  const { t } = useTranslation();
  const { phase, since } = useStore(liveState);
  return (
    <span className={`live live-${phase}`} data-testid="live-state" data-state={phase} role="status">
      <i />
      {t(`live.${phase}`)}
      {phase !== 'connecting' && (
        <span className="live-since">
          {t('live.since')} <Time ns={nsOf(since)} brief />
        </span>
      )}
    </span>
  );
}
