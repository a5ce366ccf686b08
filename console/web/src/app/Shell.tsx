import {
  AlertOutlined,
  AuditOutlined,
  DashboardOutlined,
  LogoutOutlined,
  QuestionCircleOutlined,
  SearchOutlined,
  TeamOutlined,
} from '@ant-design/icons';
import { Button, Spin } from 'antd';
import { lazy, Suspense, useState, type ComponentType, type LazyExoticComponent, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Session } from '../api/client';
import { useStore } from '../lib/store';
import { Empty } from '../ui/Empty';
import { openField } from '../ui/fieldMenu';
import { ValueMenu } from '../ui/ValueMenu';
import { Choices } from './Choices';
import { Counters } from './Counters';
import { Help } from './Help';
import { useKeys } from './keys';
import { LiveBadge } from './LiveBadge';
import { formatHash, go, useRoute, type Page } from './route';
import { signOut, useSession, useSignedInWork } from './session';
import { Star } from './Star';

const Terms = lazy(() => import('../features/events/Terms'));

interface Entry {
  icon: ReactNode;
  /** null: anybody who is signed in. */
  permission: string | null;
  content: LazyExoticComponent<ComponentType>;
}

const ENTRIES: Record<Page, Entry> = {
  alerts: { icon: <AlertOutlined />, permission: 'alerts.read', content: lazy(() => import('../features/alerts/AlertsPage')) },
  events: { icon: <SearchOutlined />, permission: 'events.read', content: lazy(() => import('../features/events/EventsPage')) },
  audit: { icon: <AuditOutlined />, permission: 'audit.read', content: lazy(() => import('../features/audit/AuditPage')) },
  status: { icon: <DashboardOutlined />, permission: null, content: lazy(() => import('../features/status/StatusPage')) },
  accounts: { icon: <TeamOutlined />, permission: 'accounts.manage', content: lazy(() => import('../features/accounts/AccountsPage')) },
};

function allowed(page: Page, session: Session): boolean {
  const { permission } = ENTRIES[page];
  return permission === null || session.permissions.includes(permission);
}

export function Shell({ session }: { session: Session }): ReactElement {
  useSignedInWork();
  const [help, setHelp] = useState(false);
  useKeys({ '?': () => setHelp(true), '/': focusSearch });
  return (
    <div className="shell">
      <Header onHelp={() => setHelp(true)} />
      <Rail session={session} />
      <main className="content">
        <Content session={session} />
      </main>
      <ValueMenu />
      <FieldMenu />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

/** Rendered once; loaded when the first field is looked at. */
function FieldMenu(): ReactElement | null {
  const open = useStore(openField);
  return (
    open && (
      <Suspense fallback={null}>
        <Terms key={`${open.name} ${open.left} ${open.top}`} open={open} />
      </Suspense>
    )
  );
}

/** The search of the screen; on a screen without one, the event search. */
function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('input[data-slash], [data-slash] input');
  if (field) field.focus();
  else go(formatHash('events'));
}

function Header({ onHelp }: { onHelp: () => void }): ReactElement {
  const { t } = useTranslation();
  const me = useSession();
  return (
    <header className="header">
      <a className="brand" href={formatHash('alerts')}>
        <Star />
        <b>{t('product.name')}</b>
      </a>
      <Counters />
      <span className="spring" />
      <LiveBadge />
      <Choices />
      <Button size="small" type="text" icon={<QuestionCircleOutlined />} aria-label={t('help.title')} title={t('help.title')} onClick={onHelp} />
      <span className="me" title={me?.roles.join(', ')} data-testid="me">
        {me?.name ?? ''}
      </span>
      <Button
        size="small"
        type="text"
        icon={<LogoutOutlined />}
        data-testid="sign-out"
        aria-label={t('session.sign_out')}
        title={t('session.sign_out')}
        onClick={() => void signOut()}
      />
    </header>
  );
}

function Rail({ session }: { session: Session }): ReactElement {
  const { t } = useTranslation();
  const { page } = useRoute();
  const pages = (Object.keys(ENTRIES) as Page[]).filter((one) => allowed(one, session));
  return (
    <nav className="rail" aria-label={t('nav.title')}>
      {pages.map((one) => (
        <a key={one} href={formatHash(one)} aria-current={one === page ? 'page' : undefined} data-testid={`nav-${one}`}>
          {ENTRIES[one].icon}
          <span>{t(`nav.${one}`)}</span>
        </a>
      ))}
    </nav>
  );
}

function Content({ session }: { session: Session }): ReactElement {
  const { t } = useTranslation();
  const { page } = useRoute();
  if (!allowed(page, session)) return <Empty title={t('nav.not_allowed')} />;
  const { content: Page } = ENTRIES[page];
  return (
    <Suspense fallback={<Spin className="padded" />}>
      <Page />
    </Suspense>
  );
}
