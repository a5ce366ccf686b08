import { useCallback, useState } from 'react';

/** Two screens of rows: what a night-long queue holds beyond them is drawn when it is scrolled to. */
const STEP = 60;
/** The next rows are drawn before their place is seen. */
const MARGIN = '600px';

/** How many rows to draw, and the mark to lay behind the last of them: when it comes near, more are drawn. */
export function useWindow(): [number, (end: HTMLElement | null) => (() => void) | undefined] {
  const [drawn, setDrawn] = useState(STEP);
  const watch = useCallback((end: HTMLElement | null) => {
    if (end === null) return undefined;
    const near = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting)) setDrawn((before) => before + STEP);
      },
      { rootMargin: MARGIN },
    );
    near.observe(end);
    return () => near.disconnect();
  }, []);
  return [drawn, watch];
}
