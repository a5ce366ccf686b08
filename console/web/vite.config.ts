import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const ADOPTED_CSS = fileURLToPath(new URL('./src/theme/adoptedCss.ts', import.meta.url));

/** The module, and the copy of it that the icons carry. */
const STYLE_WRITERS = /(^|\/)(Dom\/dynamicCSS|cssUtils)(\.js)?$/;

/**
 * Ant Design writes its styles through a module that appends <style> elements, which `style-src 'self'` forbids.
 * Ours puts the same text into adopted style sheets, which the policy allows (CSSOM), so no nonce is needed.
 */
function adoptedCss(): Plugin {
  return {
    name: 'starwatch-adopted-css',
    enforce: 'pre',
    resolveId: (id) => (STYLE_WRITERS.test(id) ? ADOPTED_CSS : null),
  };
}

export default defineConfig({
  base: '/',
  plugins: [adoptedCss(), react()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Nothing may become a data: URL: the policy loads from 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Ant Design alone is larger than the default warning; the budget of the first load is held by tests/bundle.test.ts.
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { '/api': { target: process.env.STARWATCH_URL ?? 'https://127.0.0.1:8443', secure: false } } },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.{ts,tsx}'], setupFiles: ['tests/setup.ts'] },
});
