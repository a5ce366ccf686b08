import type { Language } from '../../app/preferences';

interface Titled {
  title: string;
  title_zh: string;
}

interface Described {
  description: string;
  description_zh: string;
  misses: string;
  misses_zh: string;
}

/** A rule of the user's own may speak one language only: then that one is shown. */
function pick(language: Language, en: string, zh: string): string {
  return language === 'zh-CN' ? zh || en : en || zh;
}

export function titleOf(rule: Titled, language: Language): string {
  return pick(language, rule.title, rule.title_zh);
}

export function descriptionOf(rule: Described, language: Language): string {
  return pick(language, rule.description, rule.description_zh);
}

export function missesOf(rule: Described, language: Language): string {
  return pick(language, rule.misses, rule.misses_zh);
}
