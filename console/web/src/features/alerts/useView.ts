import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type { AlertGroup } from '../../api/client';
import { formatHash, go } from '../../app/route';
import { filterParams, neighbour, type Filter } from './queue';

/** The focus goes with the selection, so that Enter and Tab mean the row one looks at. */
function follow(group: string): void {
  const row = document.querySelector(`.queue-row[data-group="${CSS.escape(group)}"]`);
  row?.scrollIntoView({ block: 'nearest' });
  row?.querySelector<HTMLElement>('.title-button')?.focus({ preventScroll: true });
}

export type View = ReturnType<typeof useView>;

/** What is selected, opened and marked. The opened group and the filter are in the address. */
export function useView(filter: Filter, items: readonly AlertGroup[], opened: string) {
  const [cursor, setCursor] = useState('');
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const place = useRef(0);
  const current = opened || cursor;
  const params = useMemo(() => filterParams(filter), [filter]);

  useEffect(() => {
    const at = items.findIndex((one) => one.group === current);
    if (at >= 0) place.current = at;
  }, [items, current]);

  const open = useCallback(
    (group: string) => {
      if (group) setCursor(group);
      go(formatHash('alerts', group, params), { replace: true });
    },
    [params],
  );
  const mark = useCallback((group: string) => {
    setMarked((before) => {
      const after = new Set(before);
      if (!after.delete(group)) after.add(group);
      return after;
    });
  }, []);
  const step = (by: number) => {
    const at = items.findIndex((one) => one.group === current);
    // A row that was judged has left the list: its place is taken by the next one.
    const next = at >= 0 || current === '' ? neighbour(items, current, by) : items[Math.min(place.current, items.length - 1)]?.group;
    if (next === undefined || next === '') return;
    setCursor(next);
    if (opened) open(next);
    follow(next);
  };
  return {
    current,
    marked,
    open,
    mark,
    step,
    openCurrent: () => current && open(current),
    markCurrent: () => current && mark(current),
    unmarkAll: () => setMarked(new Set()),
    filter: (next: Filter) => go(formatHash('alerts', opened, filterParams(next)), { replace: true }),
  };
}

