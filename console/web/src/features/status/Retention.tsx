import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, InputNumber, Modal } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '../../api/client';
import { ErrorNote } from '../../ui/ErrorNote';

const MAX_DAYS = 3650;

/** Shortening deletes data for good: the number is typed a second time. */
export function Retention({ days, onClose }: { days: number; onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [wanted, setWanted] = useState(days);
  const [again, setAgain] = useState<number | null>(null);
  const shorter = wanted < days;
  const change = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/status/retention', { body: { days: wanted, confirm: shorter ? wanted : 0 } })),
    onSuccess: () => {
      onClose();
      return cache.invalidateQueries({ queryKey: ['status'] });
    },
  });
  return (
    <Modal
      open
      title={t('status.retention')}
      okText={t('status.retention_set')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: shorter, disabled: wanted === days || (shorter && again !== wanted), loading: change.isPending }}
      onOk={() => change.mutate()}
      onCancel={onClose}
    >
      <div className="form">
        {change.error && <ErrorNote error={change.error} />}
        <label htmlFor="retention-days">{t('status.retention_days')}</label>
        <InputNumber id="retention-days" min={1} max={MAX_DAYS} precision={0} value={wanted} onChange={(value) => setWanted(value ?? days)} />
        {shorter && (
          <>
            <label htmlFor="retention-again" className="bad">
              {t('status.retention_again', { days: wanted })}
            </label>
            <InputNumber id="retention-again" min={1} max={MAX_DAYS} precision={0} value={again} onChange={setAgain} />
          </>
        )}
      </div>
    </Modal>
  );
}

export function RetentionButton({ days }: { days: number }): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('status.retention_change')}
      </Button>
      {open && <Retention days={days} onClose={() => setOpen(false)} />}
    </>
  );
}
