import { useEffect } from 'react';

export type Keys = Readonly<Record<string, () => void>>;

/** A box that was ticked keeps the focus, but no letter is typed into it. */
const TICKED = 'input[type="checkbox"], input[type="radio"]';

function typing(target: EventTarget | null): target is HTMLElement {
  if (!(target instanceof HTMLElement) || target.matches(TICKED)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
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
      if (dialogOpen() || pressing(event)) return;
      if (typing(event.target)) {
        // Out of the field; a second Escape is a key of the screen.
        if (event.key === 'Escape') event.target.blur();
        return;
      }
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [keys]);
}
