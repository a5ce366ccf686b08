import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Select, Skeleton } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, type Schemas } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { useSession } from '../../app/session';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';
import { FirstPassword } from './FirstPassword';
import { NewAccount } from './NewAccount';

export type Account = Schemas['Account'];
export type Role = Schemas['Role'];

const ACCOUNTS = ['accounts'];

export default function AccountsPage(): ReactElement {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [creating, setCreating] = useState(false);
  const { data: roles = [] } = useQuery({ queryKey: ['roles'], queryFn: () => answer(api.GET('/api/v1/accounts/roles')), staleTime: Infinity });
  const { data, error, refetch } = useQuery({ queryKey: ACCOUNTS, queryFn: () => answer(api.GET('/api/v1/accounts')) });
  const change = useMutation({
    mutationFn: (send: () => Promise<unknown>) => send(),
    onSettled: () => cache.invalidateQueries({ queryKey: ACCOUNTS }),
  });
  const reset = useMutation({ mutationFn: resetPassword });
  const trouble = error ?? change.error ?? reset.error;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.accounts')}</h1>
        <p className="note">{t('accounts.about')}</p>
        <Button type="primary" data-testid="account-new" onClick={() => setCreating(true)}>
          {t('accounts.new')}
        </Button>
      </div>
      {trouble && <ErrorNote error={trouble} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && <Table accounts={data} roles={roles} change={change.mutate} onReset={reset.mutate} />}
      {creating && <NewAccount roles={roles} onClose={() => setCreating(false)} />}
      {reset.data && <FirstPassword first={reset.data} onClose={reset.reset} />}
    </div>
  );
}

function resetPassword(name: string): Promise<Schemas['FirstPassword']> {
  return answer(api.POST('/api/v1/accounts/{name}/password', { params: { path: { name } } }));
}

type ChangeAccount = (send: () => Promise<unknown>) => void;

interface TableProps {
  accounts: readonly Account[];
  roles: readonly Role[];
  change: ChangeAccount;
  onReset: (account: string) => void;
}

function Table({ accounts, ...rest }: TableProps): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="grid">
      <thead>
        <tr>
          <th>{t('accounts.account')}</th>
          <th>{t('accounts.name')}</th>
          <th>{t('accounts.roles')}</th>
          <th>{t('accounts.state')}</th>
          <th>{t('accounts.created')}</th>
          <th>{t('accounts.signed_in')}</th>
          <th />
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <Row key={account.account} account={account} {...rest} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps extends Omit<TableProps, 'accounts'> {
  account: Account;
}

function Row({ account, roles, change, onReset }: RowProps): ReactElement {
  const { t } = useTranslation();
  const params = { path: { name: account.account } };
  const setRoles = (chosen: string[]) => change(() => answer(api.POST('/api/v1/accounts/{name}/roles', { params, body: { roles: chosen } })));
  const disable = () => change(() => answer(api.POST('/api/v1/accounts/{name}/disable', { params })));
  const enable = () => change(() => answer(api.POST('/api/v1/accounts/{name}/enable', { params })));
  return (
    <tr data-testid="account-row" data-account={account.account}>
      <td className="mono">{account.account}</td>
      <td>{account.name}</td>
      <td>
        <RolePicker roles={roles} value={account.roles} onSave={setRoles} />
      </td>
      <td>
        <span className={account.disabled ? 'bad' : 'good'}>{account.disabled ? t('accounts.disabled') : t('accounts.enabled')}</span>
        {account.must_change_password && <p className="note">{t('accounts.first_password')}</p>}
      </td>
      <td>
        <Time ns={account.created_ns} />
      </td>
      <td>
        <Time ns={account.signed_in_ns} />
      </td>
      <td className="nowrap">
        <ForOthers account={account.account} question="accounts.reset_sure" action="accounts.reset" onConfirm={() => onReset(account.account)} />{' '}
        {account.disabled ? (
          <Button onClick={enable}>{t('accounts.enable')}</Button>
        ) : (
          <ForOthers account={account.account} question="accounts.disable_sure" action="accounts.disable" onConfirm={disable} />
        )}
      </td>
    </tr>
  );
}

interface ForOthersProps {
  account: string;
  question: 'accounts.disable_sure' | 'accounts.reset_sure';
  action: 'accounts.disable' | 'accounts.reset';
  onConfirm: () => void;
}

/** Asked before it is done; never to oneself: the last administrator could lock everybody out. */
function ForOthers({ account, question, action, onConfirm }: ForOthersProps): ReactElement {
  const { t } = useTranslation();
  const mine = useSession()?.account === account;
  return (
    <Popconfirm title={t(question, { account })} okText={t(action)} cancelText={t('action.cancel')} onConfirm={onConfirm} disabled={mine}>
      <Button danger disabled={mine}>
        {t(action)}
      </Button>
    </Popconfirm>
  );
}

/** Roles change when the list closes: every change ends the account's sessions, so it is sent once. */
function RolePicker({ roles, value, onSave }: { roles: readonly Role[]; value: readonly string[]; onSave: (roles: string[]) => void }): ReactElement {
  const { language } = usePreferences();
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string[] | null>(null);
  const save = (open: boolean) => {
    if (open) { setDraft([...value]); return; }
    if (draft && draft.length > 0 && draft.join() !== value.join()) onSave(draft);
    setDraft(null);
  };
  return (
    <Select
      mode="multiple"
      className="roles"
      aria-label={t('accounts.roles')}
      value={draft ?? [...value]}
      onChange={setDraft}
      onOpenChange={save}
      options={roles.map(({ role, zh, en }) => ({ value: role, label: language === 'en' ? en : zh }))}
    />
  );
}
