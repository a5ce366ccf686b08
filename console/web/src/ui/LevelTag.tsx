import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Level } from '../api/client';

/** Strongest first: the order of every list of levels. */
export const LEVELS: readonly Level[] = ['critical', 'high', 'medium', 'low', 'informational'];

export function LevelTag({ level }: { level: Level }): ReactElement {
  const { t } = useTranslation();
  return <span className={`level level-${level}`}>{t(`level.${level}`)}</span>;
}
