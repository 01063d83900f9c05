import type { CallOptions } from './call-options.js';
import type { Config } from './config.js';
import { StreamError } from './errors.js';
import type { Memory } from './memory.js';
import { OpenClawClient, type ClientOptions } from './openclaw-client.js';
import type { Sessions } from './sessions.js';
import type { Skills } from './skills.js';
import type { Health, MemoryAdded, MemoryResult, MemorySearch, MemoryStatistics, NewMemory, Status } from './wire.js';

export interface SessionMessage extends CallOptions {
  text: string;
  /** The conversation, by name; `default`. */
  session?: string;
  model?: string;
  /** False: nothing is recalled from earlier sessions. */
  memory?: boolean;
  /** Made anew for each call when left out. */
  idempotencyKey?: string;
}

export interface SessionAnswer {
  messageId: string;
  session: string;
  text: string;
  model: string;
  usage: { inputTokens: number; outputTokens: number };
}

/**
 * The same gateway in the words of its integration guide: sessions, texts, and arguments by name. `client` is what it is made of, and can do
 * everything else. Throws what that throws.
 */
export class OpenClaw {
  readonly client: OpenClawClient;
  readonly message: SessionMessages;
  readonly memory: SessionMemory;
  readonly sessions: Sessions;
  readonly skills: Skills;
  readonly config: Config;

  constructor(options: ClientOptions = {}) {
    this.client = new OpenClawClient(options);
    this.message = new SessionMessages(this.client);
    this.memory = new SessionMemory(this.client.memory);
    this.sessions = this.client.sessions;
    this.skills = this.client.skills;
    this.config = this.client.config;
  }

  status(options: CallOptions = {}): Promise<Status> {
    return this.client.status(options);
  }

  health(options: CallOptions = {}): Promise<Health> {
    return this.client.health(options);
  }
}

class SessionMessages {
  constructor(private readonly client: OpenClawClient) {}

  /** Says something to the agent and waits for its answer. */
  async send({ text, session = 'default', ...options }: SessionMessage): Promise<SessionAnswer> {
    const answer = await this.client.message(text, { ...options, conversationId: session });
    const { input, output } = answer.tokens;
    return {
      messageId: answer.id,
      session: answer.conversation_id,
      text: answer.content,
      model: answer.model,
      usage: { inputTokens: input, outputTokens: output },
    };
  }

  /** The answer's text as it is made. Leaving the loop stops it. */
  async *stream({ text, session = 'default', ...options }: SessionMessage): AsyncGenerator<string, void, undefined> {
    let said = false;
    for await (const chunk of this.client.messageStream(text, { ...options, conversationId: session })) {
      // Text that is out cannot be taken back.
      if (chunk.type === 'reset' && said)
        throw new StreamError('The answer broke off, and was begun anew', 'stream_interrupted');
      if (chunk.type !== 'token') continue;
      said = true;
      yield chunk.content;
    }
  }
}

class SessionMemory {
  constructor(private readonly memory: Memory) {}

  /** Best first. */
  async search({ query, ...search }: MemorySearch & { query: string }, options?: CallOptions): Promise<MemoryResult[]> {
    return (await this.memory.search(query, search, options)).results;
  }

  /** Adds something to be kept. */
  add({ content, ...more }: NewMemory, options?: CallOptions): Promise<MemoryAdded> {
    return this.memory.add(content, more, options);
  }

  stats(options?: CallOptions): Promise<MemoryStatistics> {
    return this.memory.stats(options);
  }
}
