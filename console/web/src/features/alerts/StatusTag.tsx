import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { STATUSES } from './queue';

/** A status a newer analyzer invents is shown by its own name. */
export function StatusTag({ status }: { status: string }): ReactElement {
  const { t } = useTranslation();
  const known = STATUSES.find((one) => one === status);
  return <span className={`status status-${known ?? 'other'}`}>{known ? t(`verdict.${known}`) : status}</span>;
}
