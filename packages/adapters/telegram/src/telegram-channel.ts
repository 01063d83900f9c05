import {
  Backoff,
  type ChannelEdits,
  type ChannelHost,
  ChannelPort,
  ChannelRejected,
  type ChannelReply,
  type ChannelRequest,
  ChannelUnavailable,
  type Logger,
  Unavailable,
  storeForSure,
} from '@openclaw/core';
import type { Update, UserFromGetMe } from 'telegraf/types';
import { BotApi, TelegramRefusal } from './bot-api.js';
import { chatAddress } from './chat-address.js';
import { type Bot, incomingMessage } from './incoming-message.js';
import { type MessageText, formatted, LONGEST_TEXT, splitForTelegram, unformatted } from './message-text.js';
import { POLL_TIMING, type PollTiming, pollUpdates } from './poll-updates.js';
import type { TelegramSettings } from './telegram-settings.js';
import { WATCH_MS, keepWebhook, knowsSecret, updateIn } from './telegram-webhook.js';

/** For tests; each has a default. */
export interface TelegramTiming {
  poll?: PollTiming;
  watchMs?: number;
  /** How long one call may take, in ms. */
  patienceMs?: number;
  /** The first pause before another attempt, in ms. */
  firstPauseMs?: number;
}

/** So often a group may be written to, edits included: 20 times a minute. In ms. */
const EDIT_INTERVAL_MS = 3_000;
/** Remembered groups that became supergroups under another id. */
const MOST_MIGRATIONS = 1_000;

/** One bot of Telegram, polled or called through a webhook. */
export class TelegramChannel extends ChannelPort {
  override readonly edits: ChannelEdits;
  override readonly longestPart = LONGEST_TEXT;
  override readonly receive?: (request: ChannelRequest, host: Pick<ChannelHost, 'accept'>) => Promise<ChannelReply>;
  private readonly api: BotApi;
  private readonly firstPauseMs: number;
  private readonly migrated = new Map<number | string, number>();
  private bot: Bot | undefined;

  constructor(
    private readonly settings: TelegramSettings,
    private readonly logger: Logger,
    private readonly timing: TelegramTiming = {},
  ) {
    super();
    this.api = new BotApi(settings, timing.patienceMs);
    this.firstPauseMs = timing.firstPauseMs ?? 500;
    this.edits = {
      intervalMs: EDIT_INTERVAL_MS,
      edit: (chatId, messageId, part, signal) => this.edit(chatId, messageId, part, signal),
    };
    const { webhook } = settings;
    if (webhook)
      this.receive = async (request, host) => {
        if (!knowsSecret(request, webhook.secret)) return { status: 401 };
        const update = updateIn(request);
        return 'update_id' in update ? this.received(update, host) : update;
      };
  }

  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.firstPauseMs);
    host.changed({ status: 'connecting' });
    while (!signal.aborted) {
      try {
        await this.listen(host, backoff, signal);
      } catch (error) {
        if (signal.aborted) break;
        const refused = error instanceof TelegramRefusal && error.tokenRefused;
        const why = wordsOf(error);
        host.changed({ status: 'disconnected', error: why });
        if (refused) throw new ChannelRejected(why);
        this.logger.warn('telegram is not connected', { error: error instanceof TelegramRefusal ? why : error });
        await backoff.pause(signal, error instanceof ChannelUnavailable ? error.retryAfterMs : undefined);
      }
    }
    host.changed({ status: 'disconnected' });
  }

  split(text: string): string[] {
    return splitForTelegram(text);
  }

  async send(chatId: string, part: string, signal: AbortSignal): Promise<{ messageId: string }> {
    const sent = await this.write<{ message_id: number }>('sendMessage', chatId, part, {}, signal);
    return { messageId: String(sent.message_id) };
  }

  async typing(chatId: string, signal: AbortSignal): Promise<void> {
    await this.inChat('sendChatAction', chatId, { action: 'typing' }, signal);
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.api.call('getMe', {}, signal).catch(rethrowForSender);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  private async listen(host: ChannelHost, backoff: Backoff, signal: AbortSignal): Promise<void> {
    // Asked for at every attempt: the name, which mentions are known by, may have changed.
    this.bot = await this.api.call<UserFromGetMe>('getMe', {}, signal);
    const { webhook } = this.settings;
    const poll = this.timing.poll ?? POLL_TIMING;
    const watchMs = this.timing.watchMs ?? WATCH_MS;
    if (webhook) await keepWebhook(this.api, webhook, host, backoff, signal, watchMs, poll.quietMs);
    // Telegram does not let a bot poll that has a webhook.
    await this.api.call('deleteWebhook', {}, signal);
    const deliver = (update: Update) =>
      storeForSure(
        () => this.handOver(update, host),
        this.logger,
        { update: update.update_id },
        signal,
        this.firstPauseMs,
      );
    await pollUpdates(this.api, poll, host, deliver, backoff, signal);
  }

  private async handOver(update: Update, host: Pick<ChannelHost, 'accept'>): Promise<void> {
    const message = this.read(update, await this.itself());
    if (message) await host.accept(message);
  }

  private read(update: Update, bot: Bot) {
    try {
      return incomingMessage(update, bot);
    } catch (error) {
      // Of a shape that nobody has seen yet: it must not stand in the way of those behind it.
      this.logger.error('an update of telegram was left out: it could not be read', {
        update: update.update_id,
        error,
      });
      return undefined;
    }
  }

  private async received(update: Update, host: Pick<ChannelHost, 'accept'>): Promise<ChannelReply> {
    try {
      await this.handOver(update, host);
      return { status: 200 };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      // Telegram delivers again what was not answered with 2xx.
      return { status: 503 };
    }
  }

  /** Known since `connect`, on the replica that is connected; the others ask once. */
  private async itself(): Promise<Bot> {
    this.bot ??= await this.api.call<UserFromGetMe>('getMe', {}, new AbortController().signal).catch(rethrowForSender);
    return this.bot;
  }

  private async edit(chatId: string, messageId: string, part: string, signal: AbortSignal): Promise<void> {
    try {
      await this.write('editMessageText', chatId, part, { message_id: Number(messageId) }, signal);
    } catch (error) {
      if (!(error instanceof ChannelRejected && /message is not modified/i.test(error.message))) throw error;
    }
  }

  /** As HTML; as plain text when Telegram can't read that. */
  private async write<Result>(
    method: 'sendMessage' | 'editMessageText',
    chatId: string,
    part: string,
    more: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<Result> {
    const as = (text: MessageText) =>
      // What Telegram would fetch for a preview of a link may carry away what the model was told.
      this.inChat<Result>(method, chatId, { ...more, ...text, link_preview_options: { is_disabled: true } }, signal);
    const html = formatted(part);
    if (!html) return as(unformatted(part));
    try {
      return await as(html);
    } catch (error) {
      if (!(error instanceof ChannelRejected && /can't parse entities/i.test(error.message))) throw error;
      this.logger.warn('telegram could not read our HTML, which is sent as plain text', { error: error.message });
      return as(unformatted(part));
    }
  }

  /** Once more when the group has become a supergroup, which has another id. */
  private async inChat<Result>(
    method: 'sendMessage' | 'editMessageText' | 'sendChatAction',
    chatId: string,
    payload: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<Result> {
    const { message_thread_id, ...address } = chatAddress(chatId);
    // A message is known by its id; its topic is no parameter of an edit.
    const topic = message_thread_id !== undefined && method !== 'editMessageText' ? { message_thread_id } : {};
    const call = (chat_id: number | string) => this.api.call<Result>(method, { chat_id, ...topic, ...payload }, signal);
    try {
      return await call(this.migrated.get(address.chat_id) ?? address.chat_id);
    } catch (error) {
      if (!(error instanceof TelegramRefusal) || error.migratedTo === undefined) rethrowForSender(error);
      if (this.migrated.size >= MOST_MIGRATIONS) this.migrated.clear();
      this.migrated.set(address.chat_id, error.migratedTo);
      return call(error.migratedTo).catch(rethrowForSender);
    }
  }
}

/** A refused token says nothing about the message: it goes when the operator has mended that. */
function rethrowForSender(error: unknown): never {
  if (!(error instanceof TelegramRefusal)) throw error;
  if (error.tokenRefused || error.code === 409) throw new ChannelUnavailable(wordsOf(error));
  throw new ChannelRejected(`Telegram says: ${error.description}`);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof TelegramRefusal))
    return error instanceof ChannelUnavailable ? error.message : 'Internal error';
  if (error.tokenRefused)
    return `Telegram refuses the bot's token (${error.code} ${error.description}). Put the token that @BotFather gives into channels.*.token.`;
  return error.message;
}
