import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Document } from '../lib/documents';
import { FieldTable } from './FieldTable';

/** A whole document: fields, or the JSON as it is stored. */
export function DocumentView({ document }: { document: Document }): ReactElement {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  return (
    <div className="document-view">
      <button type="button" className="link" onClick={() => setRaw(!raw)}>
        {raw ? t('document.table') : t('document.json')}
      </button>
      {raw ? <pre className="raw">{JSON.stringify(document, null, 2)}</pre> : <FieldTable document={document} />}
    </div>
  );
}
