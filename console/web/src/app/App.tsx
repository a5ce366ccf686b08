import { App as Antd, ConfigProvider, Spin } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { Component, lazy, Suspense, useEffect, type ReactElement, type ReactNode } from 'react';

import { THEMES } from '../theme/tokens';
import { ErrorNote } from '../ui/ErrorNote';
import { usePreferences } from './preferences';
import { useSession, useSessionCheck } from './session';
import { Shell } from './Shell';

const SignIn = lazy(() => import('../features/session/SignIn'));
const FirstPassword = lazy(() => import('../features/session/FirstPassword'));

export function App(): ReactElement {
  const { language, tone } = usePreferences();
  useEffect(() => {
    document.documentElement.dataset.theme = tone;
  }, [tone]);
  return (
    <ConfigProvider theme={THEMES[tone]} locale={language === 'en' ? en : zh} button={{ autoInsertSpace: false }}>
      <Antd className="app" message={{ maxCount: 4 }}>
        <Boundary>
          <Suspense fallback={<Spin className="padded" />}>
            <Gate />
          </Suspense>
        </Boundary>
      </Antd>
    </ConfigProvider>
  );
}

/** Which of the three doors stands before the user. */
function Gate(): ReactElement {
  const session = useSession();
  const { error, refetch } = useSessionCheck();
  if (session === undefined) {
    return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Spin className="padded" />;
  }
  if (session === null) return <SignIn />;
  if (session.must_change_password) return <FirstPassword account={session.account} />;
  return <Shell key={session.account} session={session} />;
}

/** A fault of the page itself is shown, not hidden behind a blank screen. */
class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <ErrorNote error={error} retry={() => location.reload()} />;
  }
}
