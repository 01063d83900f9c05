import {
  Backoff,
  type ChannelHost,
  ChannelUnavailable,
  type IncomingMessage,
  type KnownChat,
  type Logger,
  storeForSure,
} from '@openclaw/core';
import {
  type APIMessage,
  ChannelType,
  type GatewayMessageCreateDispatchData,
  type RESTGetAPIChannelMessagesQuery,
} from 'discord-api-types/v10';
import { type DiscordApi, DiscordRefusal } from './discord-api.js';

/** Chats in which nothing was said for so long are not looked through, nor more than so many. */
const CHATS_OF_MS = 30 * 24 * 3_600_000;
const MOST_CHATS = 200;
/** What is older than this is not answered any more. */
const OLDEST_MS = 24 * 3_600_000;
/** As many as Discord gives at once. */
const PAGE = 100;
/** Of one chat. */
const MOST_PAGES = 3;
/** Discord takes 50 calls a second from a bot: five at a time stay far below. */
const AT_A_TIME = 5;
/** Live messages wait for no longer, in ms; the next connection tries again. */
const LONGEST_MS = 60_000;
/** How often one chat is tried. */
const TRIES = 3;
/** Discord's ids begin with the time, in ms from here. */
const EPOCH_MS = 1_420_070_400_000;

type Read = (message: GatewayMessageCreateDispatchData) => IncomingMessage | undefined;

/**
 * What was written while the bot had no session: Discord tells nobody later, so the chats are looked through for it. A message that was heard
 * after all is known by its id, and heard once.
 */
export class MissedMessages {
  constructor(
    private readonly api: DiscordApi,
    private readonly host: Pick<ChannelHost, 'accept' | 'chats'>,
    private readonly read: Read,
    private readonly logger: Logger,
    private readonly firstPauseMs: number,
  ) {}

  /** Resolves when all is stored that could be fetched; false when `signal` was aborted before, or it took too long. */
  async handOver(leaving: AbortSignal): Promise<boolean> {
    const late = AbortSignal.timeout(LONGEST_MS);
    const signal = AbortSignal.any([leaving, late]);
    try {
      const chats: KnownChat[] = [];
      const ask = async () =>
        void chats.push(...(await this.host.chats(new Date(Date.now() - CHATS_OF_MS), MOST_CHATS)));
      await storeForSure(ask, this.logger, { update: 'chats' }, signal, this.firstPauseMs);
      const left = chats.values();
      const failed: string[] = [];
      const work = async () => {
        for (const chat of left) if (!(await this.handOverChat(chat, signal))) failed.push(chat.chatId);
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, work));
      if (failed.length > 0)
        this.logger.warn('what was written while discord was not connected could not be fetched', { chats: failed });
      return true;
    } catch (error) {
      if (leaving.aborted) return false;
      if (late.aborted)
        this.logger.warn('what was written while discord was not connected could not be fetched in time');
      else this.logger.error('what was written while discord was not connected could not be looked for', { error });
      return !late.aborted;
    }
  }

  /** False when it could not be fetched. */
  private async handOverChat(chat: KnownChat, signal: AbortSignal): Promise<boolean> {
    const backoff = new Backoff(this.firstPauseMs);
    for (let tries = 1; ; tries++) {
      try {
        for (const message of await this.fetch(chat, signal)) {
          const store = () => this.host.accept(message);
          await storeForSure(store, this.logger, { update: message.updateId }, signal, this.firstPauseMs);
        }
        return true;
      } catch (error) {
        signal.throwIfAborted();
        // The chat is gone, or the bot was sent away.
        if (error instanceof DiscordRefusal) return error.status === 403 || error.status === 404;
        if (!(error instanceof ChannelUnavailable) || tries === TRIES) {
          this.logger.debug('a chat of discord could not be looked through', { chat: chat.chatId, error });
          return false;
        }
        await backoff.pause(signal, error.retryAfterMs);
        signal.throwIfAborted();
      }
    }
  }

  /** Oldest first. */
  private async fetch({ chatId, lastUpdateId }: KnownChat, signal: AbortSignal): Promise<IncomingMessage[]> {
    if (!isSnowflake(chatId)) return [];
    const oldest = BigInt(Date.now() - OLDEST_MS - EPOCH_MS) << 22n;
    const last = lastUpdateId !== undefined && isSnowflake(lastUpdateId) ? BigInt(lastUpdateId) : 0n;
    const after = last > oldest ? last : oldest;
    const found: APIMessage[] = [];
    let query: RESTGetAPIChannelMessagesQuery = { limit: PAGE };
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await this.api.call((api, options) => api.channels.getMessages(chatId, query, options), signal);
      const newer = page.filter(({ id }) => BigInt(id) > after);
      found.push(...newer);
      const end = newer.at(-1);
      if (!end || newer.length < PAGE) break;
      query = { limit: PAGE, before: end.id };
    }
    if (!found.some(({ author }) => !author.bot)) return [];
    const server = await this.serverOf(chatId, signal);
    return found
      .reverse()
      .flatMap((message) => this.read({ ...message, ...server } as GatewayMessageCreateDispatchData) ?? []);
  }

  /** What the gateway says with a message, and REST does not. */
  private async serverOf(chatId: string, signal: AbortSignal): Promise<{ guild_id?: string }> {
    const channel = await this.api.call((api, options) => api.channels.get(chatId, options), signal);
    if (channel.type === ChannelType.DM || channel.type === ChannelType.GroupDM) return {};
    return { guild_id: ('guild_id' in channel && channel.guild_id) || chatId };
  }
}

function isSnowflake(id: string): boolean {
  return /^\d{15,20}$/.test(id);
}
