import { once } from 'node:events';
import type { IncomingMessage as Request } from 'node:http';
import { type VendorAnswer, type VendorCall, VendorServer } from '../vendor-server/vendor-server.js';
import { parseHtml } from './parse-html.js';

/** What Telegram has taken. */
export interface TakenMessage {
  chatId: string;
  thread?: number;
  messageId: string;
  /** As people see it. */
  text: string;
  /** As it came. */
  source: string;
  parseMode?: string;
}

/** Answers of the Bot API in JSON. */
class Answer extends Error {
  constructor(
    readonly code: number,
    description: string,
    readonly parameters?: Record<string, unknown>,
  ) {
    super(description);
  }
}

const TOKEN = '4242:local-secret-token';

/**
 * Telegram's Bot API on this machine: what the documentation promises, as strict as the real one where it matters (HTML, lengths, who may poll),
 * and with faults on demand.
 */
export class TelegramServer extends VendorServer {
  token: string | undefined = TOKEN;
  readonly bot = { id: 4242, is_bot: true, first_name: 'Claw', username: 'ClawBot' };
  readonly messages: TakenMessage[] = [];
  webhook: Record<string, unknown> = { url: '' };
  /** Of deliveries; remembered also when the webhook is set anew. */
  lastWebhookError: { last_error_date?: number; last_error_message?: string } = {};
  /** Chats that take no message, and what is said instead. */
  readonly refusing = new Map<string, { code: number; description: string; parameters?: Record<string, unknown> }>();
  readonly chats = new Set<string>();
  private readonly pending: { update_id: number }[] = [];
  private poller: AbortController | undefined;
  private nextUpdate = 1_000;
  private nextMessage = 10;

  static async start(): Promise<TelegramServer> {
    const server = new TelegramServer();
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get calls(): { method: string; payload: Record<string, unknown> }[] {
    return this.taken.map(({ of, body }) => ({ method: of, payload: body }));
  }

  /** Puts an update into the queue as it is; without an `update_id` it gets the next one. */
  deliver(update: Record<string, unknown>): { update_id: number } {
    const numbered = { update_id: this.nextUpdate++, ...update };
    this.pending.push(numbered);
    this.tell();
    return numbered;
  }

  /** Somebody writes to the bot, in a private chat unless `message` says something else. */
  write(message: Record<string, unknown>): { update_id: number } {
    return this.deliver({ message: this.message(message) });
  }

  message(message: Record<string, unknown>): Record<string, unknown> {
    const from = { id: 77, is_bot: false, first_name: 'Ada', last_name: 'Lovelace', username: 'ada' };
    const chat = { id: 77, type: 'private', first_name: 'Ada' };
    return { message_id: this.nextMessage++, date: Math.floor(Date.now() / 1_000), from, chat, ...message };
  }

  /** What has not been confirmed. */
  get unconfirmed(): number[] {
    return this.pending.map(({ update_id }) => update_id);
  }

  protected nameOf(_: Request, path: string): string {
    return path.slice(path.lastIndexOf('/') + 1);
  }

  protected async answer(_: Request, { path, of, body }: VendorCall, gone: AbortSignal): Promise<VendorAnswer> {
    const token = /^\/bot([^/]+)\//.exec(path)?.[1] ?? '';
    try {
      if (!/^\d+:/.test(token)) throw new Answer(404, 'Not Found');
      if (token !== this.token) throw new Answer(401, 'Unauthorized');
      return [200, { ok: true, result: await this.run(of, body, gone) }];
    } catch (error) {
      if (!(error instanceof Answer)) throw error;
      const { code, message: description, parameters } = error;
      return [code, { ok: false, error_code: code, description, ...(parameters && { parameters }) }];
    }
  }

  private run(method: string, payload: Record<string, unknown>, gone: AbortSignal): unknown {
    switch (method) {
      case 'getMe':
        return this.bot;
      case 'getUpdates':
        return this.updates(payload, gone);
      case 'sendMessage':
        return this.take(payload);
      case 'editMessageText':
        return this.change(payload);
      case 'sendChatAction':
        this.chatOf(payload);
        return true;
      case 'setWebhook':
        this.webhook = { has_custom_certificate: false, pending_update_count: 0, ...payload };
        return true;
      case 'deleteWebhook':
        this.webhook = { url: '' };
        return true;
      case 'getWebhookInfo':
        return { ...this.webhook, ...this.lastWebhookError, secret_token: undefined };
      default:
        throw new Answer(404, 'Not Found: method not found');
    }
  }

  private async updates({ offset, timeout }: Record<string, unknown>, gone: AbortSignal): Promise<unknown> {
    if (this.webhook.url !== '')
      throw new Answer(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    this.poller?.abort();
    const mine = new AbortController();
    this.poller = mine;
    const confirmed = this.pending.filter(({ update_id }) => update_id < Number(offset ?? 0));
    for (const update of confirmed) this.pending.splice(this.pending.indexOf(update), 1);
    this.tell();
    const held = AbortSignal.any([mine.signal, gone, AbortSignal.timeout(Number(timeout ?? 0) * 1_000 || 1)]);
    while (this.pending.length === 0 && !held.aborted)
      await once(this.happened, 'happened', { signal: held }).catch((error: unknown) => {
        if (!held.aborted) throw error;
      });
    if (mine.signal.aborted)
      throw new Answer(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      );
    return this.pending.slice(0, 100);
  }

  private chatOf({ chat_id, message_thread_id }: Record<string, unknown>): string {
    const chatId = String(chat_id);
    const refusal = this.refusing.get(chatId);
    if (refusal) throw new Answer(refusal.code, refusal.description, refusal.parameters);
    if (!this.chats.has(chatId)) throw new Answer(400, 'Bad Request: chat not found');
    if (message_thread_id === 404) throw new Answer(400, 'Bad Request: message thread not found');
    return chatId;
  }

  private take(payload: Record<string, unknown>): unknown {
    const chatId = this.chatOf(payload);
    const thread = payload.message_thread_id as number | undefined;
    const messageId = String(this.nextMessage++);
    this.messages.push({ chatId, ...(thread !== undefined && { thread }), messageId, ...textIn(payload) });
    this.tell();
    return { message_id: Number(messageId), date: Math.floor(Date.now() / 1_000), chat: { id: Number(chatId) } };
  }

  private change(payload: Record<string, unknown>): unknown {
    const chatId = this.chatOf(payload);
    const message = this.messages.find(
      (taken) => taken.chatId === chatId && taken.messageId === String(payload.message_id),
    );
    if (!message) throw new Answer(400, 'Bad Request: message to edit not found');
    const text = textIn(payload);
    if (text.source === message.source)
      throw new Answer(
        400,
        'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      );
    Object.assign(message, text);
    this.tell();
    return true;
  }
}

function textIn({ text, parse_mode }: Record<string, unknown>): Pick<TakenMessage, 'text' | 'source' | 'parseMode'> {
  const source = String(text);
  let seen = source;
  try {
    if (parse_mode === 'HTML') seen = parseHtml(source);
  } catch (error) {
    throw new Answer(400, `Bad Request: ${(error as Error).message}`);
  }
  if (seen.trim() === '') throw new Answer(400, 'Bad Request: message text is empty');
  if (seen.length > 4_096) throw new Answer(400, 'Bad Request: message is too long');
  return { text: seen, source, ...(parse_mode !== undefined && { parseMode: String(parse_mode) }) };
}
