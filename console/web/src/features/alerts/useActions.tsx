import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { AlertGroup } from '../../api/client';
import { ApiError } from '../../api/errors';
import { usePreferences } from '../../app/preferences';
import { useMay, useSession } from '../../app/session';
import type { Filter } from './queue';
import { titleOf } from './texts';
import { useVerdict, type Judgement } from './useVerdict';
import type { Act } from './VerdictBar';

const UNDO_SECONDS = 10;

/** Judging: one group or several; a false positive asks for its reason first; every change can be taken back. */
export function useActions(filter: Filter) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { language } = usePreferences();
  const { judge } = useVerdict(filter);
  const me = useSession()?.account ?? '';
  const may = useMay('alerts.judge');
  const [asking, setAsking] = useState<AlertGroup[] | null>(null);

  const fail = (error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    void message.error([error.message, error.fault?.hint, error.fault?.detail].filter(Boolean).join(' '), UNDO_SECONDS);
  };
  const send = (group: AlertGroup, judgement: Judgement) =>
    judge(group, judgement).then((after) => {
      if (judgement.kind === 'verdict') offerUndo(after);
    }, fail);
  const offerUndo = (group: AlertGroup) => {
    const key = `undo-${group.group}`;
    const undo = () => {
      message.destroy(key);
      void send(group, { kind: 'undo' });
    };
    void message.success({
      key,
      duration: UNDO_SECONDS,
      content: (
        <>
          {titleOf(group.rule, language)}: {t(`verdict.${group.status}` as 'verdict.open')}
          <Button type="link" size="small" data-testid="undo-toast" onClick={undo}>
            {t('verdict.undo')}
          </Button>
        </>
      ),
    });
  };
  const act = (groups: AlertGroup[], what: Parameters<Act>[0]) => {
    if (groups.length === 0) return;
    if (what === 'false_positive') { setAsking(groups); return; }
    const judgement: Judgement =
      what === 'undo'
        ? { kind: 'undo' }
        : what === 'assign'
          ? { kind: 'assign', account: me }
          : { kind: 'verdict', verdict: what, reason: '' };
    for (const group of groups) void send(group, judgement);
  };
  const reasoned = (reason: string) => {
    for (const group of asking ?? []) void send(group, { kind: 'verdict', verdict: 'false_positive', reason });
    setAsking(null);
  };
  return { may, act, asking, reasoned, cancel: () => setAsking(null) };
}
