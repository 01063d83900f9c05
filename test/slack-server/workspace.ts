import { randomUUID } from 'node:crypto';

export interface SlackUser {
  id: string;
  name: string;
  displayName?: string;
  realName?: string;
}

export interface SlackConversation {
  id: string;
  kind: 'channel' | 'group' | 'im' | 'mpim';
  archived?: boolean;
  /** Default true. */
  member?: boolean;
  /** Of a direct conversation: with whom. */
  user?: string;
}

export interface SlackMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  /** In Slack's markup, as it was given. */
  text: string;
  edits: number;
  /** All that it was posted with. */
  args: Record<string, string>;
}

/** What somebody writes. */
export interface Writing {
  text?: string;
  user?: string;
  channel?: string;
  threadTs?: string;
  /** Members of the event beside the usual ones, or instead of them. */
  more?: Record<string, unknown>;
}

export type EventPayload = Record<string, unknown> & { event: Record<string, unknown>; event_id: string };

/** One workspace with the app in it. */
export class Workspace {
  readonly team = 'T0000TEAM';
  readonly botUser = 'U0000BOT';
  readonly botId = 'B0000BOT';
  readonly botToken = 'xoxb-1000-2000-fakefakefake';
  readonly appToken = 'xapp-1-A000-3000-fakefakefake';
  readonly signingSecret = 'f4k3f4k3f4k3f4k3f4k3f4k3f4k3f4k3';
  /** Slack's word for tokens that are not good any more. */
  readonly refused = new Map<string, string>();
  readonly users = new Map<string, SlackUser>();
  readonly conversations = new Map<string, SlackConversation>();
  readonly messages: SlackMessage[] = [];
  private lastTs = 0;
  private events = 0;

  constructor() {
    this.addUser({ id: 'U0000ADA', name: 'ada', displayName: 'Ada' });
    this.addConversation({ id: 'C0000GENERAL', kind: 'channel' });
    this.addConversation({ id: 'D0000ADA', kind: 'im', user: 'U0000ADA' });
  }

  addUser(user: SlackUser): void {
    this.users.set(user.id, user);
  }

  addConversation(conversation: SlackConversation): void {
    this.conversations.set(conversation.id, conversation);
  }

  /** Never the same twice, and growing: seconds with six digits behind the point. */
  nextTs(): string {
    this.lastTs = Math.max(this.lastTs + 1, Date.now() * 1_000);
    return `${Math.floor(this.lastTs / 1e6)}.${String(this.lastTs % 1e6).padStart(6, '0')}`;
  }

  /** The events that Slack tells of one message: two, where the app is mentioned in a channel. */
  write({ text = 'hello', user = 'U0000ADA', channel = 'D0000ADA', threadTs, more = {} }: Writing): EventPayload[] {
    const kind = this.conversations.get(channel)?.kind ?? 'channel';
    const ts = this.nextTs();
    const root = this.messages.find((message) => message.channel === channel && message.ts === threadTs);
    const common = {
      user,
      text,
      ts,
      channel,
      event_ts: ts,
      client_msg_id: randomUUID(),
      team: this.team,
      ...(threadTs !== undefined && { thread_ts: threadTs }),
      ...(root && { parent_user_id: root.user }),
      ...more,
    };
    const payloads = [this.payload({ type: 'message', channel_type: kind, ...common })];
    if (kind !== 'im' && text.includes(`<@${this.botUser}>`))
      payloads.push(this.payload({ type: 'app_mention', ...common }));
    return payloads;
  }

  payload(event: Record<string, unknown>): EventPayload {
    return {
      token: 'verification-token-of-old',
      team_id: this.team,
      api_app_id: 'A0000APP',
      type: 'event_callback',
      event_id: `Ev${String(++this.events).padStart(8, '0')}`,
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [{ team_id: this.team, user_id: this.botUser, is_bot: true }],
      event,
    };
  }
}
