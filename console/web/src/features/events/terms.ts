/** A value of a field and how many events hold it. */
export interface Term {
  value: string;
  count: number;
}

/** openapi-fetch turns the schema's pairs into arrays of either type; here they become names again. */
interface Answer {
  items: readonly (readonly (string | number | boolean)[])[];
}

export function termsOf({ items }: Answer): Term[] {
  return items.map(([value, count]) => ({ value: String(value), count: Number(count) }));
}
