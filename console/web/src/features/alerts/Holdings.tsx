import { DownloadOutlined } from '@ant-design/icons';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, session, type Schemas } from '../../api/client';
import { useStore } from '../../lib/store';
import { bytes } from '../../lib/numbers';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';

type Holding = Schemas['Evidence'];
type Slice = Schemas['PacketSlice'];
type File = Schemas['CarvedFile'];

/** While packets are on their way they arrive within seconds; later ones come with the alert's growth. */
const WAITING_MS = 1_000;
const DIGITS = 12;

/** Packets and files held for an alert group. count: of its detections; a group that grew has more to show. */
export function Holdings({ group, count }: { group: string; count: number }): ReactElement | null {
  const { t } = useTranslation();
  const { data, error } = useHoldings(group, count);
  if (error && !data) return <ErrorNote error={error} />;
  if (!data) return null;
  if (data.packets.length + data.files.length === 0) return <p className="note">{t('evidence.none')}</p>;
  return (
    <ul className="holdings" data-testid="holdings">
      {data.packets.map((slice) => (
        <Packets key={`${slice.alert} ${slice.sensor} ${slice.first_ns}`} slice={slice} />
      ))}
      {data.files.map((file) => (
        <CarvedFile key={file.sha256} file={file} />
      ))}
    </ul>
  );
}

function useHoldings(group: string, count: number): UseQueryResult<Holding> {
  return useQuery({
    queryKey: ['holdings', group, count],
    queryFn: () => answer(api.GET('/api/v1/alerts/{group}/evidence', { params: { path: { group } } })),
    refetchInterval: ({ state }) => (state.data?.packets.some((one) => one.state === 'waiting') ? WAITING_MS : false),
  });
}

function Packets({ slice }: { slice: Slice }): ReactElement {
  const { t } = useTranslation();
  const lack = slice.reason === '' ? '' : t(`evidence.lack.${slice.reason}`);
  if (slice.state !== 'obtained') {
    return (
      <li>
        <Time ns={slice.first_ns} brief /> {slice.sensor} · {t(`evidence.state.${slice.state}`)}
        {lack !== '' && <span className="note"> ({lack})</span>}
      </li>
    );
  }
  return (
    <li>
      <Time ns={slice.first_ns} brief /> {slice.sensor} · {t('evidence.packets', { count: slice.packets })} ·{' '}
      {bytes(slice.bytes)} · {slice.complete ? t('evidence.complete') : lack} <Digest sha256={slice.sha256} />
      <Download href={`/api/v1/evidence/${slice.sha256}.pcap`} />
    </li>
  );
}

function CarvedFile({ file }: { file: File }): ReactElement {
  const { t } = useTranslation();
  return (
    <li>
      {t('evidence.file')} <code>{file.mime_type}</code> {file.bytes > 0 && bytes(file.bytes)} <Digest sha256={file.sha256} />
      {file.verdict === 'hit' && <b className="hit"> {t('evidence.hit', { rules: file.rules.join(', ') })}</b>}
      {file.verdict === 'clean' && <span className="note"> {t('evidence.clean')}</span>}
      {file.stored ? <Download href={`/api/v1/files/${file.sha256}`} /> : <span className="note"> {t('evidence.gone')}</span>}
    </li>
  );
}

function Digest({ sha256 }: { sha256: string }): ReactElement {
  return (
    <code title={`SHA-256 ${sha256}`} className="digest">
      {sha256.slice(0, DIGITS)}…
    </code>
  );
}

/** A link, not a call: the browser saves the answer as it comes, however long it is. */
function Download({ href }: { href: string }): ReactElement | null {
  const { t } = useTranslation();
  const who = useStore(session);
  if (!who?.permissions.includes('evidence.read')) return null;
  return (
    <a className="download" href={href} download>
      <DownloadOutlined /> {t('evidence.download')}
    </a>
  );
}
