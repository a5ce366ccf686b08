import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

import { preferences } from '../app/preferences';
import en from './en.json';
import zh from './zh.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof zh };
  }
}

function follow(): void {
  const { language } = preferences.get();
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

export async function startTranslation(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: preferences.get().language,
    resources: { 'zh-CN': { translation: zh }, en: { translation: en } },
    // React shows every value as text; escaping here would show entities to people.
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  });
  follow();
  preferences.subscribe(follow);
}
