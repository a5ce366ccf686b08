import type { ReactElement } from 'react';

export function Star(): ReactElement {
  return (
    <svg className="star" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 4l2.6 8.3L27 16l-8.4 3.7L16 28l-2.6-8.3L5 16l8.4-3.7z" />
      <circle cx="24.5" cy="7.5" r="1.5" />
      <circle cx="7" cy="24" r="1.2" />
    </svg>
  );
}
