/** The histogram as things to draw. */
export interface Bar {
  ns: string;
  count: number;
}

export interface Bars {
  intervalNs: string;
  bars: Bar[];
}

/** openapi-fetch turns the schema's pairs into arrays of either type; here they become names again. */
interface Answer {
  interval_ns: string;
  buckets: readonly (readonly (string | number)[])[];
}

export function barsOf({ interval_ns, buckets }: Answer): Bars {
  return { intervalNs: interval_ns, bars: buckets.map(([ns, count]) => ({ ns: String(ns), count: Number(count) })) };
}
