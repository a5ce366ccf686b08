import { App, Dropdown, type MenuProps } from 'antd';
import { useEffect, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { go, useRoute } from '../app/route';
import { searchFor } from '../features/events/link';
import { useStore } from '../lib/store';
import { useEscape } from './useEscape';
import { openValue, type OpenValue } from './valueMenu';

const LONGEST_TITLE = 60;

const close = () => openValue.set(null);

/** Rendered once; stands where the clicked value is. */
export function ValueMenu(): ReactElement | null {
  const open = useStore(openValue);
  useEffect(() => {
    addEventListener('scroll', close, true);
    return () => removeEventListener('scroll', close, true);
  }, []);
  useEscape(open === null ? null : close);
  return open && <MenuAt key={`${open.field} ${open.value}`} open={open} />;
}

function MenuAt({ open }: { open: OpenValue }): ReactElement {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const route = useRoute();
  const { field, value, left, top } = open;
  const actions: Record<string, () => void> = {
    include: () => go(searchFor(route, field, value, 'include')),
    exclude: () => go(searchFor(route, field, value, 'exclude')),
    only: () => go(searchFor(route, field, value, 'only')),
    copy: () => {
      navigator.clipboard.writeText(value).then(
        () => message.success(t('value.copied')),
        () => message.error(t('value.copy_refused')),
      );
    },
  };
  const menu: MenuProps = {
    onClick: ({ key }) => {
      actions[key]?.();
      close();
    },
    items: [
      { key: 'title', type: 'group', label: `${field}: ${value.slice(0, LONGEST_TITLE)}` },
      { key: 'include', label: t('value.include') },
      { key: 'exclude', label: t('value.exclude') },
      { key: 'only', label: t('value.only') },
      { type: 'divider' },
      { key: 'copy', label: t('value.copy') },
    ],
  };
  return (
    <Dropdown open menu={menu} trigger={['click']} onOpenChange={(shown) => !shown && close()}>
      <span className="value-menu-anchor" style={{ left, top }} />
    </Dropdown>
  );
}
