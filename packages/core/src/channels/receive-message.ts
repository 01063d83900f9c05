import { summarize } from '../conversations/conversation.js';
import type { ActiveTurns } from '../messages/active-turns.js';
import type { AgentDirectory } from '../messages/agent-directory.js';
import { fence } from '../messages/fence.js';
import { channelSpeaker } from '../memory/speaker.js';
import { Unavailable } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { Logger } from '../shared/logger.js';
import type { AdmitSender } from './admit-sender.js';
import type { OpenChannel } from './channel-directory.js';
import type { ChannelInbox, KnownChat } from './channel-inbox.js';
import type { Attachment, IncomingMessage } from './channel-port.js';
import { chatConversationId } from './chat-conversation.js';

const LONGEST_ID = 200;
const LONGEST_TEXT = 100_000;
const LONGEST_NAME = 200;
const LONGEST_URL = 2_000;
const MOST_ATTACHMENTS = 20;

/** Takes a message from a platform in: once, and durably, before the platform is told that it has arrived. */
export class ReceiveMessage {
  constructor(
    private readonly inbox: ChannelInbox,
    private readonly admit: Pick<AdmitSender, 'execute'>,
    private readonly agents: () => AgentDirectory,
    private readonly active: Pick<ActiveTurns, 'draining'>,
    private readonly logger: Logger,
  ) {}

  /** Rejects with `Unavailable` when it can't be stored now. What is not for the agent resolves, and nothing of it is kept. */
  async execute(open: OpenChannel, incoming: IncomingMessage): Promise<void> {
    if (this.active.draining) throw new Unavailable('The gateway is shutting down; try again in a moment');
    const { channel, tenant, agent, rules } = open;
    const message = bounded(incoming);
    if (!message) return this.logger.warn('a message without sane ids was left out', { channel });
    if (message.kind === 'group' && !(message.addressed && rules.groups)) return;
    if (message.text.trim() === '' && message.attachments.length === 0) return;
    if (!(await this.admit.execute(open, message))) return;

    const { chatId, text, from, attachments } = message;
    const content = text.trim() === '' ? attachments.map(({ name, type }) => `[${name ?? type}]`).join(' ') : text;
    const speaker = channelSpeaker(channel, from.id);
    const known = await this.inbox.receive({ tenant, channel, updateId: message.updateId }, chatId, {
      tenant,
      conversationId: chatConversationId(channel, chatId),
      turnId: newId('msg'),
      message: {
        id: newId('msg'),
        content,
        metadata: {
          ...{ user_id: from.id, user_name: from.name, channel_user: speaker },
          ...(message.kind === 'group' && { group: true }),
          ...(attachments.length > 0 && { attachments }),
        },
      },
      request: {
        replyTo: { channel, chatId, ...(rules.failureNotice !== '' && { notice: rules.failureNotice }) },
        context: contextOf(channel, message),
        // In a group others read along: there, what somebody said elsewhere is not recalled.
        ...(message.kind !== 'group' && { userId: speaker }),
      },
      conversation: { channel, agentId: agent, summary: summarize(content) },
      durable: true,
      historyLimits: this.agents().get(agent).history,
    });
    if (known === 'known') this.logger.debug('a message came again', { channel, update: message.updateId });
  }

  chats({ tenant, channel }: Pick<OpenChannel, 'tenant' | 'channel'>, since: Date, most: number): Promise<KnownChat[]> {
    return this.inbox.chats(tenant, channel, since, most);
  }
}

/** With everything from outside cut to a sane size; undefined when it can't be named. */
function bounded(message: IncomingMessage): IncomingMessage | undefined {
  const { updateId, chatId, from } = message;
  if (![updateId, chatId, from.id].every(isId)) return undefined;
  return {
    ...message,
    from: { id: from.id, name: short(oneLine(from.name), LONGEST_NAME) || from.id },
    text: short(message.text, LONGEST_TEXT),
    attachments: message.attachments.slice(0, MOST_ATTACHMENTS).map(boundedAttachment),
  };
}

function boundedAttachment({ type, name, size, url }: Attachment): Attachment {
  return {
    type: short(oneLine(type), LONGEST_NAME),
    ...(name !== undefined && { name: short(oneLine(name), LONGEST_NAME) }),
    ...(size !== undefined && Number.isFinite(size) && { size }),
    ...(url !== undefined && url.length <= LONGEST_URL && { url: oneLine(url) }),
  };
}

function isId(id: string): boolean {
  return id !== '' && id.length <= LONGEST_ID && !/\p{Cc}/u.test(id) && id.isWellFormed();
}

function short(text: string, most: number): string {
  // PostgreSQL takes no NUL.
  return text.slice(0, most).replaceAll('\0', '').toWellFormed();
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

/** What the model may know of the message beside its text: all of it from outside, and so between marks. */
function contextOf(channel: string, { kind, from, attachments }: IncomingMessage): string {
  const lines = [`Sender: ${from.name}`, ...attachments.map(describeAttachment)];
  if (kind === 'group') lines.push('Written in a group.');
  return `About the next message:\n${fence(channel, lines.join('\n'))}`;
}

function describeAttachment({ type, name, size }: Attachment): string {
  const facts = [type, name, size === undefined ? undefined : `${size} bytes`].filter((fact) => fact !== undefined);
  return `Attachment (not shown): ${facts.join(', ')}`;
}
