/** The last searches of this tab. They can name victims, so they end with the tab. */
const KEY = 'starwatch.recent';
const KEPT = 10;

export function recentQueries(): string[] {
  const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
  return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : [];
}

export function remember(query: string): void {
  const text = query.trim();
  if (text === '') return;
  const rest = recentQueries().filter((one) => one !== text);
  sessionStorage.setItem(KEY, JSON.stringify([text, ...rest].slice(0, KEPT)));
}
