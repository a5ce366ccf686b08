/**
 * Stands in for `@rc-component/util/es/Dom/dynamicCSS`, through which Ant Design writes its styles (vite.config.ts):
 * same functions, but adopted style sheets instead of <style> elements, so that `style-src 'self'` holds.
 */
interface Options {
  prepend?: boolean | 'queue';
  priority?: number;
}

interface Entry {
  key: string;
  rank: number;
  sheet: CSSStyleSheet;
  css: string;
  /** Never in the document: callers keep attributes of their own on what they get back. */
  handle: HTMLStyleElement;
}

/** In cascade order: a later sheet wins over an earlier one of equal specificity. */
let entries: Entry[] = [];
let anonymous = 0;

function rankOf({ prepend, priority = 0 }: Options): number {
  if (prepend === 'queue') return priority;
  return prepend ? -Infinity : Infinity;
}

function publish(): void {
  document.adoptedStyleSheets = entries.map((entry) => entry.sheet);
}

function insert(key: string, rank: number): Entry {
  const entry = { key, rank, sheet: new CSSStyleSheet(), css: '', handle: document.createElement('style') };
  const at = entries.findIndex((other) => other.rank > rank);
  entries = at < 0 ? [...entries, entry] : [...entries.slice(0, at), entry, ...entries.slice(at)];
  publish();
  return entry;
}

export function updateCSS(css: string, key: string, options: Options = {}): HTMLStyleElement {
  const entry = entries.find((other) => other.key === key) ?? insert(key, rankOf(options));
  // Every component that mounts says its styles again; writing them again would restyle the whole page each time.
  if (entry.css !== css) entry.sheet.replaceSync(css);
  entry.css = css;
  return entry.handle;
}

export function injectCSS(css: string, options: Options = {}): HTMLStyleElement {
  anonymous += 1;
  return updateCSS(css, `anonymous-${anonymous}`, options);
}

export function removeCSS(key: string): void {
  entries = entries.filter((entry) => entry.key !== key);
  publish();
}

export function clearContainerCache(): void {
  entries = [];
  publish();
}

/** The icons' copy of the module carries two helpers more. */
export function getShadowRoot(element?: Node | null): ShadowRoot | null {
  const root = element?.getRootNode();
  return root instanceof ShadowRoot ? root : null;
}

const warned = new Set<string>();

export function warningOnce(valid: boolean, message: string): void {
  if (valid || warned.has(message)) return;
  warned.add(message);
  console.error(message);
}
