const KEY = 'openclaw-token';

/** What the gateway answered instead of what was asked for. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** For as long as this tab is open. */
export const token = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  /** @param {string} value */
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/**
 * Calls the gateway that served this page. Throws `Refused`.
 *
 * @param {string} path
 * @param {{ json?: unknown, signal?: AbortSignal }} [options] with `json` it is a POST
 */
export async function call(path, { json, signal } = {}) {
  const secret = token.get();
  const response = await fetch(path, {
    method: json === undefined ? 'GET' : 'POST',
    headers: {
      ...(secret && { Authorization: `Bearer ${secret}` }),
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  const { message } = await response.json().catch(() => ({ message: undefined }));
  throw new Refused(response.status, message ?? `The gateway answered with ${response.status}`);
}

/** @param {string} path */
export async function read(path) {
  return (await call(path)).json();
}

/**
 * The events of a stream, as objects.
 *
 * @param {Response} response
 */
export async function* events({ body }) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length));
  }
}
