import { createStore, useStore } from '../lib/store';
import type { Tone } from '../theme/tokens';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a person chose for this browser; nothing here is a secret. */
export interface Preferences {
  language: Language;
  tone: Tone;
  zone: string;
}

const KEY = 'starwatch.preferences';
const DEFAULTS: Preferences = { language: 'zh-CN', tone: 'dark', zone: 'Asia/Shanghai' };

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const ZONES = [...new Set(['Asia/Shanghai', ownZone, 'UTC'])];

/** Local storage can be edited by hand: only what is known is taken from it. */
export function parsePreferences(text: string | null): Preferences {
  const found = readObject(text);
  return {
    language: LANGUAGES.find((language) => language === found.language) ?? DEFAULTS.language,
    tone: found.tone === 'light' ? 'light' : DEFAULTS.tone,
    zone: ZONES.find((zone) => zone === found.zone) ?? DEFAULTS.zone,
  };
}

function readObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

export const preferences = createStore(parsePreferences(localStorage.getItem(KEY)));

export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences.get(), ...change };
  localStorage.setItem(KEY, JSON.stringify(next));
  preferences.set(next);
}

export function usePreferences(): Preferences {
  return useStore(preferences);
}
