import { Alert, Button } from 'antd';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { ApiError } from '../api/errors';

interface Props {
  error: Error;
  retry?: () => void;
}

/** What went wrong and what to do about it; the request id leads to the log. */
export function ErrorNote({ error, retry }: Props): ReactElement {
  const { t } = useTranslation();
  const fault = error instanceof ApiError ? error.fault : null;
  const unreachable = error instanceof ApiError && error.status === 0;
  const lines = fault ? [fault.hint, fault.detail, `${t('error.request')} ${fault.request}`] : [error.message];
  return (
    <Alert
      type="error"
      showIcon
      data-testid="error-note"
      title={unreachable ? t('error.unreachable') : (fault?.message ?? t('error.unexpected'))}
      description={lines.filter(Boolean).map((line) => (
        <div key={line}>{line}</div>
      ))}
      action={retry && <Button onClick={retry}>{t('error.retry')}</Button>}
    />
  );
}
