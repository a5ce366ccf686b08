import type { ReactElement, ReactNode } from 'react';

/** Says why there is nothing, never just "no data". */
export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactElement {
  return (
    <div className="empty" data-testid="empty">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M16 4l2.6 8.3L27 16l-8.4 3.7L16 28l-2.6-8.3L5 16l8.4-3.7z" />
      </svg>
      <strong>{title}</strong>
      {children}
    </div>
  );
}
