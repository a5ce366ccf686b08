/** ECS documents as rows of a field table. */

export type Document = Readonly<Record<string, unknown>>;

export interface FieldRow {
  name: string;
  values: string[];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(value: unknown, path: string, into: Map<string, string[]>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, into);
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) collect(inner, path === '' ? key : `${path}.${key}`, into);
  } else if (value !== null && value !== undefined) {
    into.set(path, [...(into.get(path) ?? []), textOf(value)]);
  }
}

/** Nested or dotted names alike; the members of an array of objects are gathered by field, in order. */
export function fieldRows(document: Document): FieldRow[] {
  const found = new Map<string, string[]>();
  collect(document, '', found);
  return [...found].map(([name, values]) => ({ name, values })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Values of one field, [] when absent. */
export function valuesOf(document: Document, field: string): string[] {
  return fieldRows(document).find((row) => row.name === field)?.values ?? [];
}

export function idOf(document: Document): string {
  return valuesOf(document, 'event.id')[0] ?? valuesOf(document, 'alert.id')[0] ?? JSON.stringify(document);
}
