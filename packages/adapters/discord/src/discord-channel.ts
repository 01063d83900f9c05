import { setTimeout as pauseFor } from 'node:timers/promises';
import {
  Backoff,
  type ChannelEdits,
  type ChannelHost,
  ChannelPort,
  ChannelRejected,
  ChannelUnavailable,
  type Logger,
} from '@openclaw/core';
import { GatewayCloseCodes, MessageFlags } from 'discord-api-types/v10';
import { DiscordApi, DiscordRefusal } from './discord-api.js';
import { DiscordGateway, type GatewayEnd, type GatewayTiming, RESUMABLE_CLOSE } from './discord-gateway.js';
import type { DiscordSettings } from './discord-settings.js';
import { Inbox } from './inbox.js';
import { incomingMessage } from './incoming-message.js';
import { content, LONGEST_CONTENT, splitForDiscord } from './message-content.js';
import { MissedMessages } from './missed-messages.js';
import { UnconfirmedSends } from './unconfirmed-sends.js';

/** For tests; each has a default. In ms. */
export interface DiscordTiming {
  gateway?: GatewayTiming;
  /** How long one call may take. */
  patienceMs?: number;
  /** The first pause before another attempt. */
  firstPauseMs?: number;
  /** How long messages that were heard may still be stored when the channel leaves. */
  graceMs?: number;
}

/** Discord takes five messages or edits in five seconds for each chat. In ms. */
const EDIT_INTERVAL_MS = 1_500;

const PORTAL = 'https://discord.com/developers/applications';
const TOKEN_REFUSED = `Discord refuses the bot's token. Put the one that ${PORTAL} shows under "Bot" into channels.*.token.`;

/** What no new attempt can mend, and what to do. */
const FINAL = new Map<number, string>([
  [GatewayCloseCodes.AuthenticationFailed, TOKEN_REFUSED],
  [
    GatewayCloseCodes.DisallowedIntents,
    `The bot may not read messages: switch on "Message Content Intent" under "Bot" at ${PORTAL}.`,
  ],
  [
    GatewayCloseCodes.ShardingRequired,
    'The bot is in too many servers for one connection (Discord: sharding required).',
  ],
  [GatewayCloseCodes.InvalidIntents, 'Discord does not know the intents that this version asks for.'],
  [GatewayCloseCodes.InvalidAPIVersion, 'Discord does not speak this version of its API any more.'],
  [GatewayCloseCodes.InvalidShard, 'Discord refuses the number of this connection.'],
]);

/** One bot of Discord: its gateway for what comes in, its REST API for what goes out. */
export class DiscordChannel extends ChannelPort {
  override readonly edits: ChannelEdits;
  override readonly longestPart = LONGEST_CONTENT;
  private readonly api: DiscordApi;
  private readonly gateway: DiscordGateway;
  private readonly unconfirmed = new UnconfirmedSends();
  private readonly firstPauseMs: number;
  private selfId: string | undefined;
  /** A session has begun, and what was written before it has not been looked for, or not all of it. */
  private behind = false;
  private catching: Promise<void> | undefined;

  constructor(
    settings: DiscordSettings,
    private readonly logger: Logger,
    private readonly timing: DiscordTiming = {},
  ) {
    super();
    this.api = new DiscordApi(settings, timing.patienceMs);
    this.gateway = new DiscordGateway(settings, timing.gateway);
    this.firstPauseMs = timing.firstPauseMs ?? 500;
    this.edits = {
      intervalMs: EDIT_INTERVAL_MS,
      edit: (chatId, messageId, part, signal) => this.edit(chatId, messageId, part, signal),
    };
  }

  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const inbox = new Inbox(host, this.logger, patience.signal, this.firstPauseMs);
    host.changed({ status: 'connecting' });
    try {
      await this.stayConnected(host, inbox, signal, patience.signal);
    } finally {
      // Heard already, and told again only if the session can be resumed.
      const grace = pauseFor(this.timing.graceMs ?? 2_000, undefined, { signal: patience.signal });
      await Promise.race([inbox.settled(), grace]);
      if (inbox.first !== undefined) this.gateway.rewind(inbox.first - 1);
      patience.abort();
    }
    host.changed({ status: 'disconnected' });
  }

  split(text: string): string[] {
    return splitForDiscord(text);
  }

  async send(chatId: string, part: string, signal: AbortSignal): Promise<{ messageId: string }> {
    const channel = snowflake(chatId, 'chat');
    const text = content(part);
    signal.throwIfAborted();
    const nonce = this.unconfirmed.take(channel, text);
    try {
      const { id } = await this.api.call(
        (api, options) =>
          api.channels.createMessage(channel, { ...harmless(text), nonce, enforce_nonce: true }, options),
        signal,
      );
      return { messageId: id };
    } catch (error) {
      const refused = error instanceof DiscordRefusal;
      if (!refused) this.unconfirmed.keep(channel, text, nonce);
      return rethrowForSender(error);
    }
  }

  async typing(chatId: string, signal: AbortSignal): Promise<void> {
    const channel = snowflake(chatId, 'chat');
    await this.api.call((api, options) => api.channels.showTyping(channel, options), signal).catch(rethrowForSender);
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.api.call((api, options) => api.users.getCurrent(options), signal).catch(rethrowForSender);
  }

  close(): Promise<void> {
    return this.api.close();
  }

  private async edit(chatId: string, messageId: string, part: string, signal: AbortSignal): Promise<void> {
    const channel = snowflake(chatId, 'chat');
    const message = snowflake(messageId, 'message');
    const text = content(part);
    await this.api
      .call((api, options) => api.channels.editMessage(channel, message, harmless(text), options), signal)
      .catch(rethrowForSender);
  }

  /** Resolves when `signal` is aborted. Rejects for what no new attempt can mend. */
  private async stayConnected(
    host: ChannelHost,
    inbox: Inbox,
    signal: AbortSignal,
    patience: AbortSignal,
  ): Promise<void> {
    const backoff = new Backoff(this.firstPauseMs);
    while (!signal.aborted) {
      let askedMs: number | undefined;
      try {
        const end = await this.connectOnce(host, inbox, backoff, signal, patience);
        if (signal.aborted) return;
        const final = FINAL.get(end.code);
        if (final !== undefined) throw new ChannelRejected(final);
        const error = wordsOfEnd(end);
        // Discord moves its bots to other machines now and then: no failure.
        host.changed({ status: end.code === RESUMABLE_CLOSE ? 'connecting' : 'disconnected', error });
        this.logger.warn('discord is not connected', { error });
      } catch (error) {
        if (signal.aborted) return;
        const refused = error instanceof DiscordRefusal && error.tokenRefused;
        const why = refused ? TOKEN_REFUSED : error instanceof Error ? error.message : String(error);
        host.changed({ status: 'disconnected', error: why });
        if (refused || error instanceof ChannelRejected) throw new ChannelRejected(why);
        this.logger.warn('discord is not connected', { error });
        if (error instanceof ChannelUnavailable) askedMs = error.retryAfterMs;
      }
      await backoff.pause(signal, askedMs);
    }
  }

  private async connectOnce(
    host: ChannelHost,
    inbox: Inbox,
    backoff: Backoff,
    signal: AbortSignal,
    patience: AbortSignal,
  ): Promise<GatewayEnd> {
    const information = await this.api.call((api, options) => api.gateway.getBot(options), signal);
    const { remaining, reset_after } = information.session_start_limit;
    // Who begins more sessions than that gets his token taken away.
    if (remaining <= 0)
      throw new ChannelUnavailable('Discord lets the bot begin no more sessions today', { retryAfterMs: reset_after });
    return this.gateway.run(
      information,
      {
        connected: (self) => {
          this.selfId = self?.id ?? this.selfId;
          host.changed({ status: 'connected' });
          // What is told in a new session begins now: what was written before it has to be looked for.
          if (self) this.behind = true;
          if (this.behind) inbox.hold((this.catching ??= this.catchUp(host, patience)));
        },
        steady: () => backoff.reset(),
        quiet: () => host.changed({ status: 'disconnected', error: 'Discord does not answer' }),
        lively: () => host.changed({ status: 'connected' }),
        message: (message, sequence) => {
          const incoming = this.read(message);
          if (incoming) inbox.add(incoming, sequence);
        },
      },
      signal,
    );
  }

  private async catchUp(host: ChannelHost, signal: AbortSignal): Promise<void> {
    const read = (message: Parameters<typeof incomingMessage>[0]) => this.read(message);
    const missed = new MissedMessages(this.api, host, read, this.logger, this.firstPauseMs);
    if (await missed.handOver(signal)) this.behind = false;
    this.catching = undefined;
  }

  private read(message: Parameters<typeof incomingMessage>[0]) {
    try {
      return incomingMessage(message, this.selfId ?? '');
    } catch (error) {
      // Of a shape that nobody has seen yet: it must not stand in the way of those behind it.
      this.logger.error('a message of discord was left out: it could not be read', { error });
      return undefined;
    }
  }
}

/** Calls nobody, and has Discord fetch nothing: what it would for a preview may carry away what the model was told. */
function harmless(text: string) {
  return { content: text, allowed_mentions: { parse: [] }, flags: MessageFlags.SuppressEmbeds };
}

/** Ids become a part of addresses. */
function snowflake(id: string, of: 'chat' | 'message'): string {
  if (/^\d{15,20}$/.test(id)) return id;
  throw new ChannelRejected(`This is no ${of} id of Discord: it wants a number of 15 to 20 digits`);
}

/** A refused token says nothing about the message: it goes when the operator has mended that. */
function rethrowForSender(error: unknown): never {
  if (!(error instanceof DiscordRefusal)) throw error;
  if (error.tokenRefused) throw new ChannelUnavailable(TOKEN_REFUSED);
  throw new ChannelRejected(`Discord says: ${error.description} (${error.code || error.status})`);
}

function wordsOfEnd({ code, failure }: GatewayEnd): string {
  if (failure !== undefined) return `Discord's gateway could not be reached, or broke off (${failure})`;
  return `Discord's gateway closed the connection (${code})`;
}
