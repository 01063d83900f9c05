import { TOKEN } from '../surroundings.mjs';

/** The memory's routes, as a client of that token. Throws on every answer that is none. */
export class MemoryApi {
  constructor(gateway, token = TOKEN) {
    this.gateway = gateway;
    this.token = token;
  }

  search(query, more = {}) {
    return this.ask('POST', '/api/v1/memory/search', { query, limit: 10, ...more });
  }

  import(entries) {
    return this.ask('POST', '/api/v1/memory/import', { entries });
  }

  /** Everything that the tenant remembers. */
  forget() {
    return this.ask('DELETE', '/api/v1/memory/prune', { confirm: true });
  }

  chat(message, more = {}) {
    return this.ask('POST', '/api/v1/chat', { message, ...more });
  }

  async ask(method, path, body) {
    const response = await fetch(this.gateway.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
