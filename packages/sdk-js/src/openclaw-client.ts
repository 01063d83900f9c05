import type { CallOptions } from './call-options.js';
import { Channels } from './channels.js';
import { Config } from './config.js';
import { Conversations } from './conversations.js';
import { StreamError } from './errors.js';
import { newKey } from './idempotency-key.js';
import { Memory } from './memory.js';
import { Sessions } from './sessions.js';
import { Skills } from './skills.js';
import { Transport, type Call } from './transport.js';
import { Webhooks } from './webhooks.js';
import type {
  ChatChunk,
  ChatResponse,
  Health,
  HealthDetail,
  LogList,
  LogQuery,
  MessageChunk,
  MessageResponse,
  ModelList,
  SendResult,
  SendState,
  Status,
} from './wire.js';

export interface ClientOptions {
  /** `http://127.0.0.1:18789` when left out. */
  baseUrl?: string;
  /** Sent as a bearer token; `health()` needs none. */
  token?: string | undefined;
  /** How long one attempt may take, and in a stream the wait for what comes next; 120,000 ms. */
  timeoutMs?: number;
  /** After 429, 5xx and broken connections, for what can be repeated without harm; 2. */
  maxRetries?: number;
}

export interface MessageOptions extends CallOptions {
  conversationId?: string;
  channel?: string;
  model?: string;
  metadata?: Record<string, unknown>;
  /** False: nothing is recalled from earlier conversations. */
  memory?: boolean;
  /** The answer is made to its end although nobody reads it any more. */
  detach?: boolean;
  /** Made anew for each call when left out. */
  idempotencyKey?: string;
}

export interface ChatOptions extends CallOptions {
  conversationId?: string;
  model?: string;
  systemPrompt?: string;
  maxTokens?: number;
  temperature?: number;
  /** False: nothing is recalled from earlier conversations. */
  memory?: boolean;
  /** The answer is made to its end although nobody reads it any more. */
  detach?: boolean;
  /** Made anew for each call when left out. */
  idempotencyKey?: string;
}

export interface SendOptions extends CallOptions {
  /** Made anew for each call when left out. */
  idempotencyKey?: string;
}

type TurnOptions = SendOptions & { detach?: boolean };

const DEFAULT_BASE_URL = 'http://127.0.0.1:18789';
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_RETRIES = 2;
/** What the gateway allows for `timeout_ms`. */
const LONGEST_WAIT_MS = 600_000;
/** The gateway's own "timeout", which tells where the answer will be, should arrive before we give up. */
const GRACE_MS = 5_000;

/**
 * A client of one OpenClaw Gateway, for Node ≥ 20 and browsers. Methods throw `ApiError` (and what is derived from it) for an error that
 * the gateway answers, `ConnectionError`, `TimeoutError`, in streams `StreamError`, and the reason of an aborted signal.
 */
export class OpenClawClient {
  readonly conversations: Conversations;
  readonly sessions: Sessions;
  readonly memory: Memory;
  readonly skills: Skills;
  readonly channels: Channels;
  readonly config: Config;
  readonly webhooks: Webhooks;
  private readonly transport: Transport;
  private readonly timeoutMs: number;

  constructor(options: ClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.transport = new Transport({
      baseUrl: (options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, ''),
      token: options.token,
      timeoutMs: this.timeoutMs,
      maxRetries: options.maxRetries ?? DEFAULT_RETRIES,
    });
    this.conversations = new Conversations(this.transport);
    this.sessions = new Sessions(this.transport);
    this.memory = new Memory(this.transport);
    this.skills = new Skills(this.transport);
    this.channels = new Channels(this.transport);
    this.config = new Config(this.transport);
    this.webhooks = new Webhooks(this.transport);
  }

  /** Says something to the agent and waits for its answer. */
  message(message: string, options: MessageOptions = {}): Promise<MessageResponse> {
    const timeoutMs = options.timeoutMs ?? this.timeoutMs;
    const body = {
      ...messageBody(message, options),
      timeout_ms: Math.min(LONGEST_WAIT_MS, Math.max(1, Math.round(timeoutMs))),
    };
    return this.transport.json({ ...turn('/api/v1/message', body, options), timeoutMs: timeoutMs + GRACE_MS });
  }

  /** The answer as it is made. Leaving the loop stops it, unless `detach` is set. */
  messageStream(message: string, options: MessageOptions = {}): AsyncGenerator<MessageChunk, void, undefined> {
    return this.stream<MessageChunk>(turn('/api/v1/message', messageBody(message, options), options), 'end');
  }

  /** Like `message()`, with instructions and sampling of its own. */
  chat(message: string, options: ChatOptions = {}): Promise<ChatResponse> {
    return this.transport.json(turn('/api/v1/chat', chatBody(message, options), options));
  }

  chatStream(message: string, options: ChatOptions = {}): AsyncGenerator<ChatChunk, void, undefined> {
    return this.stream<ChatChunk>(turn('/api/v1/chat/stream', chatBody(message, options), options), 'done');
  }

  /** Goes on with a `messageStream()` that broke off, after the chunk of that `eventId`. For 10 minutes after the answer's end. */
  resumeMessage(eventId: string, options: CallOptions = {}): AsyncGenerator<MessageChunk, void, undefined> {
    return this.stream<MessageChunk>(rest(eventId, 'b', options), 'end');
  }

  /** Goes on with a `chatStream()` that broke off, after the chunk of that `eventId`. For 10 minutes after the answer's end. */
  resumeChat(eventId: string, options: CallOptions = {}): AsyncGenerator<ChatChunk, void, undefined> {
    return this.stream<ChatChunk>(rest(eventId, 'a', options), 'done');
  }

  /** Stops an answer that is being made; `id` is that of the message or of any chunk. Throws `ConflictError` when it has ended. */
  cancel(id: string, options: CallOptions = {}): Promise<{ id: string; status: 'cancelling' | 'cancelled' }> {
    return this.transport.json({ ...options, method: 'POST', path: `${messagePath(id)}/cancel` });
  }

  /**
   * Sends a text to a chat; `channel` is `telegram`, `discord`, `slack`, `webhook`, or a channel of the gateway's own. Resolves when the platform has taken it (`sent`), or when it is accepted and tried again until it has
   * (`queued`: see `sendState()`). Throws `ApiError` with code `channel_rejected` when the platform refuses it for good.
   */
  send(channel: string, chatId: string, message: string, options: SendOptions = {}): Promise<SendResult> {
    return this.transport.json(turn('/api/v1/send', { channel, chatId, message }, options));
  }

  /** What became of a message to a chat, in the last 7 days. */
  sendState(id: string, options: CallOptions = {}): Promise<SendState> {
    return this.transport.json({ ...options, method: 'GET', path: `/api/v1/send/${encodeURIComponent(id)}` });
  }

  /** Resolves also while the gateway is draining: see `status`. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.transport.json({ ...options, method: 'GET', path: '/health', acceptStatus: 503 });
  }

  /** Part by part; resolves also when the gateway says that it is down. */
  healthDetail(options: CallOptions = {}): Promise<HealthDetail> {
    return this.transport.json({ ...options, method: 'GET', path: '/health/detail', acceptStatus: 503 });
  }

  status(options: CallOptions = {}): Promise<Status> {
    return this.transport.json({ ...options, method: 'GET', path: '/api/v1/status' });
  }

  getModels(options: CallOptions = {}): Promise<ModelList> {
    return this.transport.json({ ...options, method: 'GET', path: '/api/v1/models' });
  }

  /** Newest last. */
  logs(query: LogQuery = {}, options: CallOptions = {}): Promise<LogList> {
    return this.transport.json({ ...options, method: 'GET', path: '/api/v1/logs', query: { ...query } });
  }

  private async *stream<Chunk extends { type: string }>(
    call: Call,
    last: Chunk['type'],
  ): AsyncGenerator<Chunk, void, undefined> {
    for await (const { data, id } of this.transport.events(call)) {
      const chunk = parseEvent<Chunk>(data);
      if (isErrorEvent(chunk)) throw new StreamError(chunk.message, chunk.error);
      yield id === undefined ? chunk : { ...chunk, eventId: id };
      if (chunk.type === last) return;
    }
    throw new StreamError('The answer broke off before its end', 'stream_interrupted');
  }
}

function parseEvent<Chunk>(data: string): Chunk | { type: 'error'; error: string; message: string } {
  try {
    return JSON.parse(data) as Chunk;
  } catch (error) {
    throw new StreamError('The answer holds something that is no event', 'stream_interrupted', { cause: error });
  }
}

function isErrorEvent(chunk: { type: string }): chunk is { type: 'error'; error: string; message: string } {
  return chunk.type === 'error';
}

function turn(
  path: string,
  body: object,
  { idempotencyKey = newKey(), detach = false, ...options }: TurnOptions,
): Call {
  const { signal, timeoutMs } = options;
  return {
    method: 'POST',
    path,
    body,
    idempotencyKey,
    ...(detach && { headers: { 'X-OpenClaw-Detach': 'true' } }),
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function messageBody(message: string, { channel, conversationId, model, metadata, memory }: MessageOptions) {
  return { message, channel, conversation_id: conversationId, model, metadata, memory };
}

function chatBody(
  message: string,
  { conversationId, model, systemPrompt, maxTokens, temperature, memory }: ChatOptions,
) {
  return { message, conversationId, model, systemPrompt, maxTokens, temperature, memory };
}

function rest(eventId: string, dialect: 'a' | 'b', options: CallOptions): Call {
  const path = `${messagePath(eventId)}/stream`;
  return { ...options, method: 'GET', path, query: { dialect }, headers: { 'Last-Event-ID': eventId } };
}

/** An event's id begins with its message's. */
function messagePath(id: string): string {
  return `/api/v1/message/${encodeURIComponent(id.split(':', 1)[0] ?? id)}`;
}
