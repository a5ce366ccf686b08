import { theme, type ThemeConfig } from 'antd';

export type Tone = 'dark' | 'light';

const FONT =
  '"Inter", "Segoe UI", "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';

const SHARED = {
  fontFamily: FONT,
  fontSize: 13,
  borderRadius: 6,
  motionDurationFast: '0.06s',
  motionDurationMid: '0.1s',
  motionDurationSlow: '0.14s',
};

const DARK: ThemeConfig = {
  algorithm: theme.darkAlgorithm,
  cssVar: { key: 'tone-dark' },
  token: {
    ...SHARED,
    colorPrimary: '#3d8bfd',
    colorInfo: '#3d8bfd',
    colorBgBase: '#0b1018',
    colorBgContainer: '#111926',
    colorBgElevated: '#182233',
    colorBorder: '#2a3a52',
    colorBorderSecondary: '#1e2a3c',
    colorTextBase: '#dce5f2',
  },
};

const LIGHT: ThemeConfig = {
  algorithm: theme.defaultAlgorithm,
  cssVar: { key: 'tone-light' },
  token: {
    ...SHARED,
    colorPrimary: '#1765d8',
    colorInfo: '#1765d8',
    colorBgLayout: '#f2f5f9',
    colorBorder: '#c8d3e0',
    colorBorderSecondary: '#dfe6ee',
    colorTextBase: '#16202e',
  },
};

export const THEMES: Record<Tone, ThemeConfig> = { dark: DARK, light: LIGHT };
