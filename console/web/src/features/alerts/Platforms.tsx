import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

/** What the analyzer says of an address that is in no platform's networks. */
const UNASSIGNED = 'unassigned';

/** The platforms' ids as the settings name them. */
export function Platforms({ platforms }: { platforms: readonly string[] }): ReactElement {
  const { t } = useTranslation();
  const named = platforms.filter((platform) => platform !== UNASSIGNED);
  if (named.length === 0) return <span className="platform none">{t('alerts.unassigned')}</span>;
  return (
    <>
      {named.map((platform) => (
        <span key={platform} className="platform" data-testid="platform-tag">
          {platform}
        </span>
      ))}
    </>
  );
}
