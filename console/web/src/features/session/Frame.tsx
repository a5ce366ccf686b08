import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Choices } from '../../app/Choices';
import { Star } from '../../app/Star';
import './session.css';

/** The card all pages outside the console share. */
export function Frame({ title, children }: { title: string; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    <main className="door">
      <div className="door-choices">
        <Choices />
      </div>
      <section className="door-card">
        <div className="door-brand">
          <Star />
          <div>
            <h1>{t('product.name')}</h1>
            <p>{t('product.claim')}</p>
          </div>
        </div>
        <h2>{title}</h2>
        {children}
      </section>
    </main>
  );
}
