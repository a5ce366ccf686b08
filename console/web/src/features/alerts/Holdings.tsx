import { DownloadOutlined } from '@ant-design/icons';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Typography } from 'antd';
import { type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api, session, type Schemas } from '../../api/client';
import { useStore } from '../../lib/store';
import { inert } from '../../lib/inert';
import { bytes } from '../../lib/numbers';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';

type Holding = Schemas['Evidence'];
type Slice = Schemas['PacketSlice'];
type File = Schemas['CarvedFile'];

/** While packets are on their way, and while the alert is young: more of the conversation, a file, its verdict. */
const WAITING_MS = 1_000;
const YOUNG_MS = 30_000;
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

/** What was read of a group and when that last was news; kept beside the answers, as in useStory.ts. */
const news = new Map<string, { what: string; at: number }>();

async function read(group: string, count: number): Promise<Holding> {
  const held = await answer(api.GET('/api/v1/alerts/{group}/evidence', { params: { path: { group } } }));
  const what = JSON.stringify([count, held]);
  if (news.get(group)?.what !== what) news.set(group, { what, at: Date.now() });
  return held;
}

function useHoldings(group: string, count: number): UseQueryResult<Holding> {
  return useQuery({
    queryKey: ['holdings', group, count],
    queryFn: () => read(group, count),
    refetchInterval: ({ state }) => (isGrowing(state.data, news.get(group)?.at ?? 0) ? WAITING_MS : false),
  });
}

/** changed: when there last was news, in ms. */
export function isGrowing(held: Holding | undefined, changed: number, now = Date.now()): boolean {
  return now - changed < YOUNG_MS || (held?.packets.some(({ state }) => state === 'waiting') ?? false);
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
    <li data-testid="carved-file">
      {t('evidence.file')} {file.name !== '' && <code className="file-name">{inert(file.name)}</code>} <code>{inert(file.mime_type)}</code>{' '}
      {file.bytes > 0 && bytes(file.bytes)} <Digest sha256={file.sha256} />
      {file.verdict !== '' && file.verdict !== 'hit' && <span className="note"> {t(`evidence.verdict.${file.verdict}`)}</span>}
      {file.stored ? <Download href={`/api/v1/files/${file.sha256}`} /> : <span className="note"> {t('evidence.gone')}</span>}
      {file.hits.map((hit, index) => (
        <Hit key={index} hit={hit} />
      ))}
    </li>
  );
}

function Hit({ hit: { rule, member, offsets } }: { hit: File['hits'][number] }): ReactElement {
  const { t } = useTranslation();
  return (
    <span className="hit" data-testid="yara-hit">
      {t('evidence.hit')} <b>{inert(rule)}</b>
      {member !== '' && (
        <>
          {' '}
          {t('evidence.member')} <code>{inert(member)}</code>
        </>
      )}
      {offsets.length > 0 && (
        <>
          {' '}
          {t('evidence.offsets')} <code>{offsets.join(', ')}</code>
        </>
      )}
    </span>
  );
}

/** The beginning is enough to tell; the whole goes to the clipboard. */
function Digest({ sha256 }: { sha256: string }): ReactElement {
  return (
    <Typography.Text code className="digest" title={`SHA-256 ${sha256}`} copyable={{ text: sha256 }}>
      {sha256.slice(0, DIGITS)}…
    </Typography.Text>
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
