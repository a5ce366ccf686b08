import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Input, Modal, Select } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, type Schemas } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { ErrorNote } from '../../ui/ErrorNote';
import type { Role } from './AccountsPage';
import { FirstPassword } from './FirstPassword';

/** As the API has it: what can be typed, said and put into a log line. */
const ACCOUNT = /^[a-z0-9][a-z0-9._-]{0,63}$/;

interface Props {
  roles: readonly Role[];
  onClose: () => void;
}

export function NewAccount({ roles, onClose }: Props): ReactElement {
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas['NewAccount']) => answer(api.POST('/api/v1/accounts', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['accounts'] }),
  });
  if (create.data) return <FirstPassword first={create.data} onClose={onClose} />;
  return <Ask roles={roles} error={create.error} busy={create.isPending} onClose={onClose} onCreate={create.mutate} />;
}

interface AskProps extends Props {
  error: Error | null;
  busy: boolean;
  onCreate: (body: Schemas['NewAccount']) => void;
}

function Ask({ roles, error, busy, onClose, onCreate }: AskProps): ReactElement {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [account, setAccount] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string[]>([]);
  const valid = ACCOUNT.test(account) && name.trim() !== '' && chosen.length > 0;
  return (
    <Modal
      open
      title={t('accounts.new')}
      okText={t('accounts.create')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: !valid, loading: busy }}
      onOk={() => onCreate({ account, name: name.trim(), roles: chosen })}
      onCancel={onClose}
    >
      <div className="form">
        {error && <ErrorNote error={error} />}
        <label htmlFor="new-account">{t('accounts.account')}</label>
        <Input id="new-account" autoFocus maxLength={64} value={account} onChange={(event) => setAccount(event.target.value)} placeholder={t('accounts.account_rule')} />
        <label htmlFor="new-name">{t('accounts.name')}</label>
        <Input id="new-name" maxLength={64} value={name} onChange={(event) => setName(event.target.value)} />
        <label htmlFor="new-roles">{t('accounts.roles')}</label>
        <Select id="new-roles" mode="multiple" value={chosen} onChange={setChosen} options={roles.map(({ role, zh, en }) => ({ value: role, label: language === 'en' ? en : zh }))} />
      </div>
    </Modal>
  );
}
