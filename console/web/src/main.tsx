import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { worthRetrying } from './api/errors';
import { App } from './app/App';
import { startTranslation } from './i18n';
import './theme/base.css';

const cache = new QueryClient({
  // Lists are kept current by the live stream, not by asking again whenever a window gets the focus.
  defaultOptions: { queries: { retry: worthRetrying, refetchOnWindowFocus: false, networkMode: 'always' }, mutations: { networkMode: 'always' } },
});

function root(): HTMLElement {
  const element = document.getElementById('root');
  if (!element) throw new Error('index.html has no #root');
  return element;
}

await startTranslation();
createRoot(root()).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
