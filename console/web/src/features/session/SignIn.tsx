import { Alert, Button, Input } from 'antd';
import { useEffect, useState, type ReactElement, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, session, type Session } from '../../api/client';
import { ApiError } from '../../api/errors';
import { carry } from './carried';
import { Frame } from './Frame';

export default function SignIn(): ReactElement {
  const { t } = useTranslation();
  const [account, setAccount] = useState('');
  const [password, setPassword] = useState('');
  const { busy, error, submit } = useSubmit(() => signIn(account.trim(), password));
  const wait = useCountdown(error instanceof ApiError ? (error.fault?.retry_after_seconds ?? 0) : 0, error);
  return (
    <Frame title={t('session.title')}>
      <form onSubmit={submit}>
        <label htmlFor="account">{t('session.account')}</label>
        <Input
          id="account"
          size="large"
          autoFocus
          autoComplete="username"
          data-testid="login-account"
          maxLength={64}
          value={account}
          onChange={(event) => setAccount(event.target.value)}
        />
        <label htmlFor="password">{t('session.password')}</label>
        <Input.Password
          id="password"
          size="large"
          autoComplete="current-password"
          data-testid="login-password"
          maxLength={256}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {error && <Refusal error={error} wait={wait} />}
        <Button
          type="primary"
          size="large"
          block
          htmlType="submit"
          data-testid="login-submit"
          loading={busy}
          disabled={account.trim() === '' || password === '' || wait > 0}
        >
          {wait > 0 ? t('session.wait', { seconds: wait }) : t('session.sign_in')}
        </Button>
      </form>
    </Frame>
  );
}

async function signIn(account: string, password: string): Promise<Session> {
  const opened = await answer(api.POST('/api/v1/session', { body: { account, password } }));
  if (opened.must_change_password) carry(password);
  return opened;
}

/** Sends a form that answers a session; the refusal stays until the next try. */
export function useSubmit(send: () => Promise<Session>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    send()
      .then(session.set, (refused: unknown) => setError(refused instanceof Error ? refused : new Error(String(refused))))
      .finally(() => setBusy(false));
  };
  return { busy, error, submit };
}

/** Whole seconds left of a lock-out; starts again with each new refusal. */
function useCountdown(seconds: number, cause: unknown): number {
  const [left, setLeft] = useState({ seconds, cause });
  if (left.cause !== cause) setLeft({ seconds, cause });
  useEffect(() => {
    if (seconds === 0) return undefined;
    const timer = setInterval(() => setLeft((now) => ({ ...now, seconds: Math.max(0, now.seconds - 1) })), 1000);
    return () => clearInterval(timer);
  }, [seconds, cause]);
  return left.seconds;
}

export function Refusal({ error, wait = 0 }: { error: Error; wait?: number }): ReactElement {
  const { t } = useTranslation();
  const fault = error instanceof ApiError ? error.fault : null;
  const away = error instanceof ApiError && error.status === 0;
  return (
    <Alert
      type={wait > 0 ? 'warning' : 'error'}
      showIcon
      data-testid="session-error"
      title={away ? t('error.unreachable') : (fault?.message ?? error.message)}
      description={fault?.hint}
    />
  );
}
