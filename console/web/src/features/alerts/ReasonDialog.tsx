import { Button, Input, Modal } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

const MAX_REASON = 1000;
const CHIPS = ['known_service', 'scanner', 'test', 'misconfigured', 'rule_wide'] as const;

interface Props {
  count: number;
  onDone: (reason: string) => void;
  onCancel: () => void;
}

/** A false positive is only worth something to the rule's author with its reason. */
export function ReasonDialog({ count, onDone, onCancel }: Props): ReactElement {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const given = reason.trim();
  return (
    <Modal
      open
      title={t('reason.title', { count })}
      okText={t('verdict.do.false_positive')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: given === '', 'data-testid': 'reason-submit' }}
      onOk={() => onDone(given)}
      onCancel={onCancel}
    >
      <div className="chips">
        {CHIPS.map((chip) => (
          <Button key={chip} size="small" onClick={() => setReason(t(`reason.${chip}`))}>
            {t(`reason.${chip}`)}
          </Button>
        ))}
      </div>
      <Input.TextArea
        autoFocus
        rows={3}
        maxLength={MAX_REASON}
        data-testid="reason-text"
        aria-label={t('reason.label')}
        placeholder={t('reason.label')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Modal>
  );
}
