import { useEffect } from 'react';

/** While something lies over the screen Escape closes that, and means nothing to what is below. null: nothing is open. */
export function useEscape(close: (() => void) | null): void {
  useEffect(() => {
    if (close === null) return undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopImmediatePropagation();
      close();
    };
    addEventListener('keydown', listen, true);
    return () => removeEventListener('keydown', listen, true);
  }, [close]);
}
