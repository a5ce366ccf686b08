/** Both languages say everything, and no visible word is anywhere else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import en from '../../src/i18n/en.json';
import zh from '../../src/i18n/zh.json';

const SOURCES = join(import.meta.dirname, '../../src');
const PLURAL = /_(one|other)$/;
/** Attributes whose text people see or hear. */
const SPOKEN = new Set(['title', 'placeholder', 'aria-label', 'alt', 'label', 'okText', 'cancelText', 'description']);
/** Words that are the same in every language: each language's own name, on its switch. */
const ALLOWED = new Set(['中文']);

function flatten(value: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const name = path === '' ? key : `${path}.${key}`;
      return typeof inner === 'string' ? [[name, inner] as const] : [...flatten(inner as object, name)];
    }),
  );
}

const words = { zh: flatten(zh), en: flatten(en) };
const bare = (keys: Iterable<string>) => [...new Set([...keys].map((key) => key.replace(PLURAL, '')))].sort();
const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.gen.ts'));
const texts = new Map(files.map((name) => [name, readFileSync(`${SOURCES}/${name}`, 'utf8')]));

function walk(name: string, text: string, visit: (node: ts.Node) => void): void {
  const each = (node: ts.Node) => {
    visit(node);
    ts.forEachChild(node, each);
  };
  each(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS));
}

/** The name of a key on the keyboard is no word. */
function isKey(node: ts.JsxText): boolean {
  return ts.isJsxElement(node.parent) && node.parent.openingElement.tagName.getText() === 'kbd';
}

/** Words a person would read that are not from the two languages' files. */
function hardCoded(name: string, text: string): string[] {
  const found: string[] = [];
  walk(name, text, (node) => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text) && !isKey(node)) found.push(node.text.trim());
    if (ts.isStringLiteralLike(node) && /\p{Script=Han}/u.test(node.text)) found.push(node.text);
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) {
      found.push(node.initializer.text);
    }
  });
  return found.filter((word) => !ALLOWED.has(word));
}

describe('the two languages', () => {
  it('have the same keys', () => {
    expect(bare(words.zh.keys())).toEqual(bare(words.en.keys()));
  });

  it('have a plural wherever a count speaks', () => {
    for (const key of words.en.keys()) if (key.endsWith('_one')) expect(words.en.has(key.replace(PLURAL, '_other')), key).toBe(true);
  });

  it('fill in the same values', () => {
    for (const [key, text] of words.zh) {
      const other = words.en.get(key) ?? '';
      expect(placeholders(other), key).toEqual(placeholders(text));
    }
  });

  it('leave nothing empty, and English speaks no Chinese', () => {
    for (const [key, text] of [...words.zh, ...words.en]) expect(text.trim(), key).not.toBe('');
    for (const [key, text] of words.en) expect(text, key).not.toMatch(/\p{Script=Han}/u);
  });
});

describe('the sources', () => {
  it('say no word of their own', () => {
    const found = [...texts].flatMap(([name, text]) => hardCoded(name, text).map((word) => `${name}: ${word}`));
    expect(found).toEqual([]);
  });

  it('would be caught if they did', () => {
    expect(hardCoded('a.tsx', 'const a = <p title="Hello">中文字 {t("x")}</p>; const b = "告警";')).toEqual(['Hello', '中文字', '告警']);
  });

  it('use every key', () => {
    const all = [...texts.values()].join('\n');
    const made = [...all.matchAll(/`([\w.]+\.)\$\{[^}]+\}`/g)].map((match) => match[1] ?? '');
    const unused = bare(words.zh.keys()).filter((key) => !all.includes(`'${key}'`) && !all.includes(`"${key}"`) && !made.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });
});
