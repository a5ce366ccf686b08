import { useRef, useState, type PointerEvent, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { usePreferences } from '../../app/preferences';
import { count } from '../../lib/numbers';
import { formatNs, formatTick, msOf } from '../../lib/time';
import type { Bar, Bars } from './bars';
import type { Range } from './range';

const HEIGHT = 72;
const WIDTH = 10;
const TICKS = 6;

interface Props {
  data: Bars;
  onZoom: (range: Range) => void;
}

/** Counts over time as plain SVG; dragging zooms in. */
export function Histogram({ data, onZoom }: Props): ReactElement | null {
  const { t } = useTranslation();
  const drag = useDrag(data, onZoom);
  const { bars } = data;
  if (bars.length === 0) return null;
  const width = bars.length * WIDTH;
  const top = Math.max(1, ...bars.map((bar) => bar.count));
  return (
    <figure className="histogram" data-testid="histogram">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('events.histogram')} {...drag.handlers}>
        {bars.map((bar, index) => (
          <Column key={bar.ns} bar={bar} x={index * WIDTH} top={top} />
        ))}
        {drag.span && <rect className="selection" x={drag.span.x} y={0} width={drag.span.width} height={HEIGHT} />}
      </svg>
      <Axis data={data} />
      <span className="peak">{count(top)}</span>
    </figure>
  );
}

function Column({ bar: { ns, count: n }, x, top }: { bar: Bar; x: number; top: number }): ReactElement {
  const { zone } = usePreferences();
  // A bucket with anything in it stays visible beside a thousand times larger one.
  const height = n === 0 ? 0 : Math.max(1.5, (n / top) * (HEIGHT - 4));
  return (
    <g>
      <rect className="bar" x={x + 0.75} y={HEIGHT - height} width={WIDTH - 1.5} height={height} />
      <rect className="hit" x={x} y={0} width={WIDTH} height={HEIGHT}>
        <title>{`${formatNs(ns, zone)}\n${count(n)}`}</title>
      </rect>
    </g>
  );
}

function Axis({ data: { bars, intervalNs } }: { data: Bars }): ReactElement {
  const { zone } = usePreferences();
  const step = Math.max(1, Math.ceil(bars.length / TICKS));
  const span = (bars.length * Number(BigInt(intervalNs) / 1000n)) / 1000;
  return (
    <figcaption>
      {bars
        .map(({ ns }, index) => ({ ms: msOf(ns) ?? 0, index }))
        .filter(({ index }) => index % step === 0)
        .map(({ ms, index }) => (
          <span key={index} style={{ left: `${(index / bars.length) * 100}%` }}>
            {formatTick(ms, zone, span)}
          </span>
        ))}
    </figcaption>
  );
}

interface Drag {
  from: number;
  to: number;
}

/** Bucket indices under the pointer; a click without a move selects one bucket. */
function useDrag({ bars, intervalNs }: Bars, onZoom: (range: Range) => void) {
  const start = useRef<number | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const at = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - left) / width) * bars.length)));
  };
  const moment = (index: number, after: number) => {
    const ns = BigInt(bars[index]?.ns ?? '0') + BigInt(after) * BigInt(intervalNs);
    return Number(ns / 1_000_000n);
  };
  const handlers = {
    onPointerDown: (event: PointerEvent<SVGSVGElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = at(event);
      setDrag({ from: start.current, to: start.current });
    },
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
      if (start.current === null) return;
      const here = at(event);
      setDrag({ from: Math.min(start.current, here), to: Math.max(start.current, here) });
    },
    onPointerUp: () => {
      start.current = null;
      if (drag) onZoom({ kind: 'between', from: moment(drag.from, 0), to: Math.max(moment(drag.to, 1), moment(drag.from, 0) + 1) });
      setDrag(null);
    },
    onPointerCancel: () => {
      start.current = null;
      setDrag(null);
    },
  };
  const span = drag && { x: drag.from * WIDTH, width: (drag.to - drag.from + 1) * WIDTH };
  return { handlers, span };
}
