import { expect, it } from 'vitest';

import { parsePreferences } from '../../src/app/preferences';

const DEFAULTS = { language: 'zh-CN', tone: 'dark', zone: 'Asia/Shanghai' };

it.each([null, '', 'x', '[]', '7', 'null', '{"language":"xx","tone":3,"zone":"Mars/Olympus"}'])('falls back on %j', (text) => {
  expect(parsePreferences(text)).toEqual(DEFAULTS);
});

it('keeps what is known', () => {
  expect(parsePreferences('{"language":"en","tone":"light","zone":"UTC"}')).toEqual({ language: 'en', tone: 'light', zone: 'UTC' });
});
