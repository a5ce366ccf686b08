const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const plain = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return plain.format(value);
}

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  return `${power === 0 ? String(scaled) : scaled.toFixed(1)} ${UNITS[power] ?? 'B'}`;
}

/** Three digits at most: what a person compares. */
export function milliseconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 60_000) return `${(value / 60_000).toFixed(1)} min`;
  if (size >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (size >= 100) return `${value.toFixed(0)} ms`;
  return size >= 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(2)} ms`;
}
