/** What `npm run build` makes: small enough to load at once, and nothing the content security policy would refuse. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

/** Over a slow link at night the queue should still be there within seconds. */
const FIRST_LOAD_BUDGET = 450 * 1024;
const BUILD_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'starwatch-web-'));
let files: Map<string, Buffer>;

beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const root = join(import.meta.dirname, '..');
  await build({ root, mode: 'production', logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  files = new Map(names.map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]));
}, BUILD_MS);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const text = (name: string) => files.get(name)?.toString('utf8') ?? '';

/** A file and all it imports before it runs. */
function closure(names: string[], seen = new Set<string>()): Set<string> {
  for (const name of names.filter((one) => files.has(one) && !seen.has(one))) {
    seen.add(name);
    closure([...text(name).matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)].map((match) => match[1] ?? ''), seen);
  }
  return seen;
}

it('loads the queue within the budget', () => {
  const entry = [...text('index.html').matchAll(/assets\/([^"]+)/g)].map((match) => match[1] ?? '');
  const queue = [...files.keys()].filter((name) => name.startsWith('AlertsPage-'));
  const loaded = closure([...entry, ...queue]);
  const size = [...loaded].reduce((sum, name) => sum + gzipSync(files.get(name) ?? '').length, 0);
  expect(queue.length).toBeGreaterThan(0);
  expect(loaded.size).toBeGreaterThan(8);
  expect(size).toBeLessThan(FIRST_LOAD_BUDGET);
});

it('has no inline script or style in the page, and names every asset by its hash', () => {
  const page = text('index.html');
  expect(page).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
  const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(assets.filter((name) => !/^\/assets\/.+-[\w-]{8}\.(js|css)$|^\/star\.svg$/.test(name))).toEqual([]);
});

/** React's own two writers: <script> elements and dangerouslySetInnerHTML, neither of which is used (eslint.config.js). */
const OF_REACT = [/\.innerHTML\s*=\s*[`"']<script>/g, /__html\s*!==\s*(\w+)\s*&&\s*\(\w+\.innerHTML\s*=\s*\1\)/g];

it('writes no HTML and evaluates no text', () => {
  const scripts = [...files.keys()].filter((name) => name.endsWith('.js'));
  const found = scripts.flatMap((name) => {
    const own = OF_REACT.reduce((code, pattern) => code.replace(pattern, ''), text(name));
    return own.match(/\.(?:innerHTML|outerHTML)\s*=(?!=).{0,40}|insertAdjacentHTML|new Function\(|\beval\(/g) ?? [];
  });
  expect(found).toEqual([]);
});

it('has the stream worker as a file of its own', () => {
  expect([...files.keys()].filter((name) => /^stream\.worker-.+\.js$/.test(name))).toHaveLength(1);
});
