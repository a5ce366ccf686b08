import { Button, Input } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, type Session } from '../../api/client';
import { signOut } from '../../app/session';
import { carried, forget } from './carried';
import { Frame } from './Frame';
import { Refusal, useSubmit } from './SignIn';

/** The console's policy; the server decides, this only helps while typing. */
const MIN_LENGTH = 12;

async function change(current: string, fresh: string): Promise<Session> {
  const opened = await answer(api.POST('/api/v1/session/password', { body: { current, new: fresh } }));
  forget();
  return opened;
}

function leave(): void {
  forget();
  void signOut();
}

export default function FirstPassword({ account }: { account: string }): ReactElement {
  const { t } = useTranslation();
  const [current, setCurrent] = useState(carried);
  const [fresh, setFresh] = useState('');
  const [repeat, setRepeat] = useState('');
  const { busy, error, submit } = useSubmit(() => change(current, fresh));
  const long = Array.from(fresh).length >= MIN_LENGTH;
  const same = fresh === repeat;
  return (
    <Frame title={t('password.title')}>
      <p className="note">{t('password.why', { account })}</p>
      <form onSubmit={submit}>
        {/* Password managers file the new password under this name. */}
        <input type="text" hidden readOnly autoComplete="username" value={account} />
        <Secret id="current-password" label={t('password.current')} complete="current-password" value={current} onChange={setCurrent} autoFocus={carried() === ''} />
        <Secret id="new-password" label={t('password.new')} complete="new-password" value={fresh} onChange={setFresh} autoFocus={carried() !== ''} />
        <p className={long ? 'rule met' : 'rule'}>{t('password.length', { count: MIN_LENGTH })}</p>
        <Secret id="new-password-repeat" label={t('password.repeat')} complete="new-password" value={repeat} onChange={setRepeat} />
        <p className={same && repeat !== '' ? 'rule met' : 'rule'}>{t('password.same')}</p>
        {error && <Refusal error={error} />}
        <Button type="primary" size="large" block htmlType="submit" data-testid="password-submit" loading={busy} disabled={!long || !same || current === ''}>
          {t('password.submit')}
        </Button>
        <Button type="link" block onClick={leave}>
          {t('session.sign_out')}
        </Button>
      </form>
    </Frame>
  );
}

interface SecretProps {
  id: string;
  label: string;
  complete: string;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}

function Secret({ id, label, complete, value, onChange, autoFocus = false }: SecretProps): ReactElement {
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <Input.Password
        id={id}
        size="large"
        data-testid={id}
        autoComplete={complete}
        autoFocus={autoFocus}
        maxLength={256}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}
