import { Modal } from 'antd';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

const KEYS = ['j', 'k', 'Enter', 'Esc', 'x', 'a', 'e', 'f', 'u', '/', '?'] as const;

export function Help({ onClose }: { onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <Modal open title={t('help.title')} footer={null} onCancel={onClose} data-testid="help">
      <dl className="help">
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`help.keys.${key}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
