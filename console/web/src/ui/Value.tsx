import type { ReactElement } from 'react';

import { inert } from '../lib/inert';
import { nsOfIso } from '../lib/time';
import { Time } from './Time';
import { openValue } from './valueMenu';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

interface Props {
  field: string;
  value: string;
}

/** A field's value: text whatever it holds, and a way into the search. */
export function Value({ field, value }: Props): ReactElement {
  return (
    <button
      type="button"
      className="value"
      onClick={(event) => {
        event.stopPropagation();
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        openValue.set({ field, value, left: Math.max(left, event.clientX - 12), top: bottom });
      }}
    >
      <Shown value={value} />
    </button>
  );
}

function Shown({ value }: { value: string }): ReactElement {
  const ns = ISO.test(value) ? nsOfIso(value) : null;
  return ns === null ? <>{inert(value)}</> : <Time ns={ns} precision="microsecond" />;
}
