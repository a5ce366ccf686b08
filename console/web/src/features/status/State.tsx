import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

/** How a process (console/appliance.py) or a sensor (analyzer/control/status.py) is, and how that is to be taken. */
const TONES = {
  running: 'good',
  connected: 'good',
  starting: 'warn',
  restarting: 'bad',
  stopping: 'warn',
  stopped: 'bad',
  away: 'bad',
} as const;

const PROCESSES = ['capture', 'link', 'analyzer', 'workers', 'console'] as const;

function isKnown(state: string): state is keyof typeof TONES {
  return Object.hasOwn(TONES, state);
}

/** A state a newer part invents is shown by its own name, as something to look at. */
export function State({ state }: { state: string }): ReactElement {
  const { t } = useTranslation();
  if (!isKnown(state)) return <span className="warn">{state || '–'}</span>;
  return <span className={TONES[state]}>{t(`status.states.${state}`)}</span>;
}

/** The name that commands and logs use, and what the process is for. */
export function ProcessName({ name }: { name: string }): ReactElement {
  const { t } = useTranslation();
  const known = PROCESSES.find((one) => one === name);
  return (
    <>
      <code>{name}</code>
      {known && <small className="note"> {t(`status.process.${known}`)}</small>}
    </>
  );
}
