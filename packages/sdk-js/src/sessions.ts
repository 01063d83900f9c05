import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type { NewSession, Session } from './wire.js';

const PATH = '/api/v1/sessions';

/** The conversations by another name: `client.sessions`. A session's id is its conversation's. */
export class Sessions {
  constructor(private readonly transport: Transport) {}

  /** Newest first; 100 of them where no limit is given. */
  async list(query: { limit?: number } = {}, options: CallOptions = {}): Promise<Session[]> {
    const { data } = await this.transport.json<{ data: { sessions: Session[] } }>({
      ...options,
      method: 'GET',
      path: PATH,
      query,
    });
    return data.sessions;
  }

  /** `model` answers in it, unless a message names another. */
  async create(label: string, { model, ...options }: CallOptions & { model?: string } = {}): Promise<NewSession> {
    const body = { label, model };
    const { data } = await this.transport.json<{ data: NewSession }>({ ...options, method: 'POST', path: PATH, body });
    return data;
  }

  async delete(id: string, options: CallOptions = {}): Promise<{ deleted: true }> {
    const path = `${PATH}/${encodeURIComponent(id)}`;
    return (await this.transport.json<{ data: { deleted: true } }>({ ...options, method: 'DELETE', path })).data;
  }
}
