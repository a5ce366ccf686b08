import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

it('has types as fresh as openapi.json (npm run types)', () => {
  const made = execFileSync(process.execPath, ['node_modules/openapi-typescript/bin/cli.js', 'openapi.json', '--alphabetize'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(readFileSync(`${ROOT}/src/api/schema.gen.ts`, 'utf8').trim()).toBe(made.trim());
});
