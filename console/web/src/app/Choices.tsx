import { MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { clock } from '../lib/clock';
import { useStore } from '../lib/store';
import { offsetText } from '../lib/time';
import { prefer, usePreferences, ZONES } from './preferences';

/** Each language is offered in its own words. */
const NAMES = { 'zh-CN': '中文', en: 'English' } as const;

/** Zone, language and tone: needed before and after signing in. */
export function Choices(): ReactElement {
  const { t } = useTranslation();
  const { language, tone, zone } = usePreferences();
  const now = useStore(clock);
  const other = language === 'en' ? 'zh-CN' : 'en';
  const dark = tone === 'dark';
  return (
    <>
      <Select
        size="small"
        variant="borderless"
        popupMatchSelectWidth={false}
        data-testid="zone-switch"
        aria-label={t('choice.zone')}
        value={zone}
        onChange={(next) => prefer({ zone: next })}
        options={ZONES.map((value) => ({ value, label: `${value} ${offsetText(value, now)}` }))}
      />
      <Button size="small" type="text" lang={other} data-testid="language-switch" onClick={() => prefer({ language: other })}>
        {NAMES[other]}
      </Button>
      <Button
        size="small"
        type="text"
        data-testid="tone-switch"
        icon={dark ? <SunOutlined /> : <MoonOutlined />}
        aria-label={dark ? t('choice.light') : t('choice.dark')}
        title={dark ? t('choice.light') : t('choice.dark')}
        onClick={() => prefer({ tone: dark ? 'light' : 'dark' })}
      />
    </>
  );
}
