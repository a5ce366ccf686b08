import { Hub, type Listener, type Message } from './hub';
import workerUrl from './stream.worker.ts?sharedworker&url';
import { browser } from './world';

export type Leave = () => void;

/** Joins the browser's one stream; where there is no SharedWorker (Chrome on Android) the tab has its own. */
export function connect(listener: Listener): Leave {
  return 'SharedWorker' in globalThis ? throughWorker(listener) : directly(listener);
}

function directly(listener: Listener): Leave {
  const hub = new Hub(browser);
  hub.join(listener);
  return () => hub.leave(listener);
}

function throughWorker(listener: Listener): Leave {
  const { port } = new SharedWorker(trusted(workerUrl), { type: 'module', name: 'starwatch' });
  const join = () => port.postMessage('join');
  const leave = () => port.postMessage('leave');
  port.onmessage = ({ data }: MessageEvent<Message>) => listener(data);
  join();
  // A page kept for the back button neither listens nor tells that it stopped: it leaves, and joins when shown again.
  addEventListener('pagehide', leave);
  addEventListener('pageshow', join);
  return () => {
    removeEventListener('pagehide', leave);
    removeEventListener('pageshow', join);
    leave();
    port.close();
  };
}

interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => {
    createScriptURL: (url: string) => string;
  };
}

/** Under `require-trusted-types-for 'script'` a worker's address must come from a policy: only our own assets pass. */
function onlyAssets(url: string): string {
  const { origin, pathname } = new URL(url, location.origin);
  if (origin !== location.origin || !pathname.startsWith('/assets/')) throw new TypeError(url);
  return url;
}

const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('starwatch', {
  createScriptURL: onlyAssets,
});

function trusted(url: string): string {
  return policy ? policy.createScriptURL(url) : url;
}
