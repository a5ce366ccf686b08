import { Alert, Button, Modal } from 'antd';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../../api/client';

interface Props {
  first: Schemas['FirstPassword'];
  onClose: () => void;
}

/** The one moment a first password can be read. */
export function FirstPassword({ first: { account, password }, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <Modal
      open
      title={t('accounts.password_of', { account: account.account })}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('action.close')}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={t('accounts.password_once')} />
      <pre className="secret" data-testid="initial-password">
        {password}
      </pre>
    </Modal>
  );
}
