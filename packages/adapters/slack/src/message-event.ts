import type { Attachment } from '@openclaw/core';
import { chatIdOf } from './conversation-id.js';

/** A message for the agent's ears, as Slack tells it; texts still in Slack's markup. */
export interface MessageEvent {
  updateId: string;
  chatId: string;
  kind: 'direct' | 'group';
  addressed: boolean;
  userId: string;
  text: string;
  attachments: Attachment[];
  sentAt: Date;
}

/** Kinds of messages that people write; all others are notes of Slack's own, changes of messages, or bots. */
const WRITTEN = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);
const MOST_FILES = 20;

/**
 * Reads the payload of Slack's Events API.
 *
 * A message that mentions the app in a channel is told twice, as `app_mention` and as `message`, under two event ids; and each of
 * them again, under its own id, when it was not acknowledged. What all of these have in common is the message, and that is named by its
 * channel and `ts`.
 *
 * @param self the user id of the app
 * @returns undefined for everything that is no new message of a person: the app's own, other bots', changes, joins
 */
export function readMessageEvent(body: unknown, self: string): MessageEvent | undefined {
  const { event, type } = recordOf(body);
  if (type !== 'event_callback') return undefined;
  const { type: eventType, subtype, hidden, bot_id: botId, user, channel, ts, ...rest } = recordOf(event);
  if (eventType !== 'message' && eventType !== 'app_mention') return undefined;
  if (!WRITTEN.has(subtype as string | undefined) || hidden === true || botId != null) return undefined;
  if (!isId(user) || !isId(channel) || typeof ts !== 'string' || !/^\d{1,12}\.\d{1,9}$/.test(ts)) return undefined;
  if (user === self || user === 'USLACKBOT') return undefined;

  const text = typeof rest.text === 'string' ? rest.text : '';
  const direct = rest.channel_type === 'im' || channel.startsWith('D');
  const thread =
    typeof rest.thread_ts === 'string' && /^\d{1,12}\.\d{1,9}$/.test(rest.thread_ts) ? rest.thread_ts : undefined;
  const addressed =
    direct || eventType === 'app_mention' || rest.parent_user_id === self || ownMention(self).test(text);
  return {
    updateId: `${channel}:${ts}`,
    // In a channel the answer opens a thread below the question; a direct conversation goes on as it is.
    chatId: chatIdOf({ channel, threadTs: thread ?? (direct ? undefined : ts) }),
    kind: direct ? 'direct' : 'group',
    addressed,
    userId: user,
    text: text.replace(ownMention(self), ' ').replace(/^\s+|\s+$/g, ''),
    attachments: attachmentsOf(rest.files),
    sentAt: new Date(Number.parseFloat(ts) * 1_000),
  };
}

function ownMention(self: string): RegExp {
  return new RegExp(`[ \\t]*<@${self}(?:\\|[^<>]*)?>[ \\t]*`, 'g');
}

function attachmentsOf(files: unknown): Attachment[] {
  if (!Array.isArray(files)) return [];
  return files
    .map(recordOf)
    .filter(({ mode }) => mode !== 'tombstone' && mode !== 'hidden_by_limit')
    .slice(0, MOST_FILES)
    .map(({ mimetype, filetype, name, title, size, permalink }) => ({
      type: firstText(mimetype, filetype) ?? 'file',
      name: firstText(name, title) ?? 'file',
      ...(typeof size === 'number' && size >= 0 && { size }),
      // Opens for members of the workspace. `permalink_public` would open for everybody, and `url_private` for nobody without the token.
      ...(typeof permalink === 'string' && permalink.startsWith('https://') && { url: permalink }),
    }));
}

function firstText(...values: unknown[]): string | undefined {
  return values
    .find((value) => typeof value === 'string' && value !== '')
    ?.toString()
    .slice(0, 255);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z][A-Z0-9]{1,40}$/.test(value);
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
