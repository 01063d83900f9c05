import { type ChannelEdits, type ChannelHost, ChannelPort, ChannelUnavailable, type Logger } from '@openclaw/core';
import { type SlackChat, readChatId } from './conversation-id.js';
import { Identity } from './identity.js';
import { Inbox } from './inbox.js';
import { renderMrkdwn } from './render-mrkdwn.js';
import { SlackApi } from './slack-api.js';
import { SlackRefusal } from './slack-failure.js';
import type { SlackSettings } from './slack-settings.js';
import { LONGEST_PART, splitMessage } from './split-message.js';
import { UserNames } from './user-names.js';

/** Slack lets an app change some 50 messages a minute, over all conversations. */
const EDIT_INTERVAL_MS = 1_500;
const MOST_PEOPLE = 1_000;

export interface SlackChannelSetup<Mode extends SlackSettings['mode']> {
  /** Under `channels.` in the configuration. */
  name: string;
  settings: Extract<SlackSettings, { mode: Mode }>;
  logger: Logger;
}

/** What is the same however Slack's events come in. */
export abstract class SlackChannel<Mode extends SlackSettings['mode']> extends ChannelPort {
  override readonly edits: ChannelEdits = {
    intervalMs: EDIT_INTERVAL_MS,
    edit: (chatId, messageId, part, signal) => this.edit(chatId, messageId, part, signal),
  };
  override readonly longestPart = LONGEST_PART;
  protected readonly api: SlackApi;
  protected readonly identity: Identity;
  protected readonly inbox: Inbox;
  /** The direct conversations with people to whom something was sent by their own ids: changes are only made there. */
  private readonly directs = new Map<string, string>();

  constructor(protected readonly setup: SlackChannelSetup<Mode>) {
    super();
    const { settings, logger } = setup;
    this.api = new SlackApi({ apiRoot: settings.apiRoot, token: settings.botToken, logger });
    this.identity = new Identity(this.api);
    this.inbox = new Inbox(this.identity, new UserNames(this.api));
  }

  abstract override connect(host: ChannelHost, signal: AbortSignal): Promise<void>;

  split(text: string): string[] {
    return splitMessage(text);
  }

  async send(chatId: string, part: string, signal: AbortSignal): Promise<{ messageId: string }> {
    const { channel, threadTs } = readChatId(chatId);
    const message = {
      channel,
      ...(threadTs !== undefined && { thread_ts: threadTs }),
      ...contentOf(part),
      // Slack would fetch what the text links to, and so tell whoever owns the address what was said.
      unfurl_links: false,
      unfurl_media: false,
    };
    const { ts, channel: where } = await this.api
      .call<{ ts: string; channel: string }>('chat.postMessage', message, signal)
      .catch(unlessOfAccount);
    this.remember(channel, where);
    return { messageId: ts };
  }

  async typing(chatId: string, signal: AbortSignal): Promise<void> {
    const { channel, threadTs } = readChatId(chatId);
    // Slack shows a status in threads only, for at most two minutes and until something is posted there.
    if (threadTs === undefined) return;
    const status = { channel_id: channel, thread_ts: threadTs, status: 'is thinking…' };
    try {
      await this.api.call('assistant.threads.setStatus', status, signal);
    } catch (error) {
      // A workspace, or a conversation, in which there is no such sign.
      if (!(error instanceof SlackRefusal)) throw error;
      this.setup.logger.debug('Slack shows no sign of thinking here', { reason: error.word });
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.identity.check(signal);
  }

  close(): Promise<void> {
    return this.api.close();
  }

  private async edit(chatId: string, ts: string, part: string, signal: AbortSignal): Promise<void> {
    const channel = this.placeOf(readChatId(chatId));
    await this.api.call('chat.update', { channel, ts, ...contentOf(part) }, signal);
  }

  private remember(channel: string, where: string): void {
    if (channel === where || !/^[UW]/.test(channel)) return;
    this.directs.delete(channel);
    this.directs.set(channel, where);
    if (this.directs.size > MOST_PEOPLE) this.directs.delete(this.directs.keys().next().value as string);
  }

  private placeOf({ channel }: SlackChat): string {
    return this.directs.get(channel) ?? channel;
  }
}

/** It is not the message that an account's refusal is about: the message can go when the account has been put right. */
function unlessOfAccount(error: unknown): never {
  if (error instanceof SlackRefusal && error.ofAccount) throw new ChannelUnavailable(error.message, { cause: error });
  throw error;
}

/** Both are said outright: when a message is changed, Slack's default is to look for names in the text. */
function contentOf(part: string) {
  return { text: renderMrkdwn(part), parse: 'none', link_names: false };
}
