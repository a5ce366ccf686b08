/** The SharedWorker: tabs join through a port and say `leave` before they go. */
import { Hub, type Listener } from './hub';
import { browser } from './world';

const hub = new Hub(browser);

function serve(port: MessagePort): void {
  const listener: Listener = (message) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<'join' | 'leave'>) => {
    if (data === 'join') hub.join(listener);
    else hub.leave(listener);
  };
}

addEventListener('connect', (event) => {
  for (const port of (event as MessageEvent).ports) serve(port);
});
