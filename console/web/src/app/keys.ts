import { useEffect } from 'react';

export type Keys = Readonly<Record<string, () => void>>;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Enter and Space belong to a control that has the focus. */
function pressing(event: KeyboardEvent): boolean {
  const control = event.target instanceof HTMLElement && event.target.closest('button, a, [role="menuitem"]') !== null;
  return control && (event.key === 'Enter' || event.key === ' ');
}

function dialogOpen(): boolean {
  return document.querySelector('.ant-modal-wrap:not([style*="display: none"])') !== null;
}

/** Single keys for what an analyst does all night; silent while something is typed or a dialog asks. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (typing(event.target) || pressing(event) || dialogOpen()) return;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [keys]);
}
