const BRAVE = 'https://api.search.brave.com/res/v1/web/search';
const LONGEST_EXCERPT = 500;

/**
 * @param {{ query: string, count?: number }} args
 * @param {{ config: { engine?: 'searxng' | 'brave', endpoint?: string }, secrets: { BRAVE_API_KEY?: string } }} context
 */
export default async function webSearch({ query, count = 5 }, { config, secrets }) {
  const { engine = secrets.BRAVE_API_KEY ? 'brave' : 'searxng' } = config;
  if (engine === 'brave') return brave(query, count, config.endpoint ?? BRAVE, secrets.BRAVE_API_KEY);
  if (engine !== 'searxng') throw new Error(`There is no search engine "${engine}"; take searxng or brave`);
  if (!config.endpoint) throw new Error('No search engine is configured (skills.web-search.config)');
  return searxng(query, count, config.endpoint);
}

async function searxng(query, count, endpoint) {
  const { results = [] } = await ask(endpoint, { q: query, format: 'json' });
  return results.slice(0, count).map(({ title, url, content }) => result(title, url, content));
}

async function brave(query, count, endpoint, key) {
  if (!key) throw new Error('Brave wants a key (skills.web-search.secrets.BRAVE_API_KEY)');
  const { web } = await ask(endpoint, { q: query, count }, { 'X-Subscription-Token': key });
  return (web?.results ?? []).slice(0, count).map(({ title, url, description }) => result(title, url, description));
}

async function ask(endpoint, parameters, headers = {}) {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
  const response = await fetch(url, { headers: { Accept: 'application/json', ...headers } });
  if (!response.ok) throw new Error(`The search engine answered ${response.status}`);
  return response.json();
}

function result(title, url, excerpt) {
  return { title: plain(title), url: String(url ?? ''), excerpt: plain(excerpt).slice(0, LONGEST_EXCERPT) };
}

/** Search engines mark what was found with tags. */
function plain(text) {
  return String(text ?? '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
