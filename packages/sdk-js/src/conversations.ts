import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type { ConversationDetail, ConversationList, ConversationQuery } from './wire.js';

const PATH = '/api/v1/conversations';

/** What was said: `client.conversations`. */
export class Conversations {
  constructor(private readonly transport: Transport) {}

  /** Newest first. */
  list(query: ConversationQuery = {}, options: CallOptions = {}): Promise<ConversationList> {
    return this.transport.json({ ...options, method: 'GET', path: PATH, query: { ...query } });
  }

  /** With its newest messages; `before` is `previous_cursor` of the call before. */
  get(
    id: string,
    query: { limit?: number; before?: string } = {},
    options: CallOptions = {},
  ): Promise<ConversationDetail> {
    return this.transport.json({ ...options, method: 'GET', path: pathOf(id), query });
  }

  /** With everything that was remembered of it. */
  delete(id: string, options: CallOptions = {}): Promise<{ id: string; deleted: true }> {
    return this.transport.json({ ...options, method: 'DELETE', path: pathOf(id) });
  }
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
