import { CheckOutlined, RiseOutlined, StopOutlined, UndoOutlined, UnlockOutlined, UserAddOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertGroup, Verdict } from '../../api/client';
import { useMay, useSession } from '../../app/session';

export type Act = (act: Verdict | 'undo' | 'assign') => void;

const VERDICTS: readonly { verdict: Verdict; testid: string; icon: ReactNode; key: string }[] = [
  { verdict: 'acknowledged', testid: 'verdict-acknowledge', icon: <CheckOutlined />, key: 'a' },
  { verdict: 'escalated', testid: 'verdict-escalate', icon: <RiseOutlined />, key: 'e' },
  { verdict: 'false_positive', testid: 'verdict-false-positive', icon: <StopOutlined />, key: 'f' },
  { verdict: 'open', testid: 'verdict-reopen', icon: <UnlockOutlined />, key: '' },
];

interface Props {
  group: AlertGroup;
  /** Somebody did something that can be taken back. */
  undoable: boolean;
  act: Act;
}

export function VerdictBar({ group, undoable, act }: Props): ReactElement | null {
  const { t } = useTranslation();
  const me = useSession()?.account;
  if (!useMay('alerts.judge')) return null;
  return (
    <div className="verdict-bar">
      {VERDICTS.filter(({ verdict }) => verdict !== group.status).map(({ verdict, testid, icon, key }) => (
        <Button key={verdict} icon={icon} data-testid={testid} danger={verdict === 'escalated'} onClick={() => act(verdict)}>
          {t(`verdict.do.${verdict}`)}
          {key !== '' && <kbd>{key}</kbd>}
        </Button>
      ))}
      <Button icon={<UndoOutlined />} data-testid="verdict-undo" disabled={!undoable} onClick={() => act('undo')}>
        {t('verdict.undo')}
        <kbd>u</kbd>
      </Button>
      {group.assignee !== me && (
        <Button icon={<UserAddOutlined />} data-testid="assign-me" onClick={() => act('assign')}>
          {t('verdict.assign')}
        </Button>
      )}
    </div>
  );
}
