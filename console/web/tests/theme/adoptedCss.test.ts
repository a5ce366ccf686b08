import { afterEach, expect, it } from 'vitest';

import { clearContainerCache, getShadowRoot, injectCSS, removeCSS, updateCSS } from '../../src/theme/adoptedCss';

afterEach(clearContainerCache);

const rules = () => document.adoptedStyleSheets.map((sheet) => sheet.cssRules[0]?.cssText.split(/\s*{/)[0]);

it('puts no <style> into the document', () => {
  updateCSS('.a { color: red }', 'a');
  expect(document.querySelectorAll('style')).toHaveLength(0);
  expect(rules()).toEqual(['.a']);
});

it('orders by priority, as Ant Design expects of a queue', () => {
  updateCSS('.last { top: 0 }', 'last');
  updateCSS('.component { top: 0 }', 'component', { prepend: 'queue', priority: -998 });
  updateCSS('.token { top: 0 }', 'token', { prepend: 'queue', priority: -999 });
  updateCSS('.other { top: 0 }', 'other', { prepend: 'queue', priority: -998 });
  updateCSS('.icon { top: 0 }', 'icon', { prepend: true });
  expect(rules()).toEqual(['.icon', '.token', '.component', '.other', '.last']);
});

it('replaces by key and keeps the handle', () => {
  const handle = updateCSS('.a { top: 0 }', 'key');
  expect(updateCSS('.b { top: 0 }', 'key')).toBe(handle);
  expect(rules()).toEqual(['.b']);
});

it('removes by key, and tells anonymous ones apart', () => {
  injectCSS('.x { top: 0 }');
  injectCSS('.y { top: 0 }');
  updateCSS('.z { top: 0 }', 'z');
  removeCSS('z');
  expect(rules()).toEqual(['.x', '.y']);
});

it('finds no shadow root in the page', () => {
  expect(getShadowRoot(document.body)).toBeNull();
  expect(getShadowRoot(null)).toBeNull();
});
