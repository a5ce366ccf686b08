/** The search text: adding clauses, completing names, and finding the place of a fault. All pure. */

export type Clause = 'include' | 'exclude' | 'only';

const NEEDS_GROUP = /\s(OR|\|\|)\s/i;

export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** `AND` binds a new clause to everything before it, so alternatives are put in brackets first. */
export function addClause(query: string, field: string, value: string, how: Clause): string {
  const clause = `${how === 'exclude' ? 'NOT ' : ''}${field}:${quote(value)}`;
  const before = query.trim();
  if (how === 'only' || before === '' || before === '*') return clause;
  if (before.includes(clause)) return before;
  return `${NEEDS_GROUP.test(before) ? `(${before})` : before} AND ${clause}`;
}

export interface Marked {
  before: string;
  marked: string;
  after: string;
}

/** Places count characters (code points); JavaScript's strings count UTF-16 units. An empty place marks one character. */
export function mark(text: string, start: number, end: number): Marked {
  const letters = Array.from(text);
  const from = Math.max(0, Math.min(start, letters.length));
  const to = Math.min(Math.max(end, from + 1), letters.length);
  return {
    before: letters.slice(0, from).join(''),
    marked: letters.slice(from, to).join('') || ' ',
    after: letters.slice(to).join(''),
  };
}

export interface Token {
  text: string;
  start: number;
  end: number;
}

/** Every quote before the place that is not escaped. */
function insideQuotes(text: string): boolean {
  return (text.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
}

/** The field name being typed at the caret; null inside a value. */
export function nameAt(text: string, caret: number): Token | null {
  const before = text.slice(0, caret);
  if (insideQuotes(before)) return null;
  const head = /[\w@.]*$/.exec(before)?.[0] ?? '';
  const tail = /^[\w@.]*/.exec(text.slice(caret))?.[0] ?? '';
  const start = caret - head.length;
  if (head === '' || /[:<>=[{/]\s*$/.test(text.slice(0, start))) return null;
  return { text: head, start, end: caret + tail.length };
}

export interface Named {
  name: string;
  zh: string;
}

const MAX_OFFERED = 12;

/** Names that begin so come first, then names that contain it, also by Chinese label. */
export function complete<T extends Named>(fields: Iterable<T>, typed: string): T[] {
  const wanted = typed.toLowerCase();
  const rank = ({ name, zh }: T): number => {
    if (name.startsWith(wanted)) return 0;
    if (name.split('.').some((part) => part.startsWith(wanted))) return 1;
    return name.includes(wanted) || zh.includes(typed) ? 2 : 3;
  };
  return [...fields]
    .map((field) => ({ field, rank: rank(field) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.field.name.localeCompare(b.field.name))
    .slice(0, MAX_OFFERED)
    .map((one) => one.field);
}

export interface Edit {
  text: string;
  caret: number;
}

export function accept(text: string, token: Token, name: string): Edit {
  const rest = text.slice(token.end).replace(/^:/, '');
  return { text: `${text.slice(0, token.start)}${name}:${rest}`, caret: token.start + name.length + 1 };
}
