const MOST_CHARACTERS = 100_000;

/** @param {{ url: string, method?: string, headers?: Record<string, string>, body?: string }} args */
export default async function httpRequest({ url, method = 'GET', headers = {}, body }) {
  const target = URL.parse(url);
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:')
    throw new Error(`"${url}" is not an http or https address`);
  // A redirect is given back rather than followed: the next step is the model's to decide.
  const response = await fetch(target, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: text.slice(0, MOST_CHARACTERS),
    ...(text.length > MOST_CHARACTERS && { cut_off: true }),
  };
}
