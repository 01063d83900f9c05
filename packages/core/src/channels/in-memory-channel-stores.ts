import type { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import type { NewTurn, TurnStore } from '../messages/turn-store.js';
import type { TurnRef } from '../messages/turn.js';
import type { ChannelPlace } from '../sends/send-store.js';
import { ChannelInbox, type ChannelUpdate, type KnownChat } from './channel-inbox.js';
import { type ChannelLink, ChannelLinks } from './channel-links.js';
import type { ChannelState } from './channel-port.js';
import { DraftStore } from './draft-store.js';
import { type Pairing, type PairingLimits, PairingStore } from './pairing-store.js';

export class InMemoryChannelInbox extends ChannelInbox {
  constructor(
    private readonly data: InMemoryConversations,
    private readonly turns: Pick<TurnStore, 'begin'>,
    private readonly seen = new Map<string, ChannelUpdate & { at: Date }>(),
  ) {
    super();
  }

  async receive(update: ChannelUpdate, chatId: string, turn: NewTurn): Promise<'begun' | 'known'> {
    if (!(await this.note(update))) return 'known';
    const { channel, agentId } = turn.conversation;
    const id = turn.conversationId;
    const stored =
      this.data.of(turn.tenant).get(id) ??
      this.data.open(turn.tenant, { id, channel, label: undefined, agentId, model: undefined, summary: '' });
    stored.chatId ??= chatId;
    stored.lastUpdate = update.updateId;
    await this.turns.begin(turn);
    return 'begun';
  }

  async note(update: ChannelUpdate): Promise<boolean> {
    const key = JSON.stringify([update.tenant, update.channel, update.updateId]);
    if (this.seen.has(key)) return false;
    this.seen.set(key, { ...update, at: new Date() });
    return true;
  }

  async chats(tenant: string, channel: string, since: Date, most: number): Promise<KnownChat[]> {
    return [...this.data.of(tenant).values()]
      .filter(({ conversation }) => conversation.channel === channel && conversation.lastMessageAt >= since)
      .sort((a, b) => b.conversation.lastMessageAt.getTime() - a.conversation.lastMessageAt.getTime())
      .flatMap(({ chatId, lastUpdate, conversation: { lastMessageAt } }) =>
        chatId === undefined
          ? []
          : [{ chatId, lastMessageAt, ...(lastUpdate !== undefined && { lastUpdateId: lastUpdate }) }],
      )
      .slice(0, most);
  }

  received(tenant: string, channel: string, since: Date): number {
    return [...this.seen.values()].filter(
      (update) => update.tenant === tenant && update.channel === channel && update.at >= since,
    ).length;
  }
}

interface Lease extends ChannelLink {
  holder: string | undefined;
  until: number;
}

export class InMemoryChannelLinks extends ChannelLinks {
  constructor(
    private readonly data: InMemoryConversations,
    private readonly inbox: Pick<InMemoryChannelInbox, 'received'>,
    private readonly replica = 'one',
    private readonly leases = new Map<string, Lease>(),
  ) {
    super();
  }

  sibling(replica: string): InMemoryChannelLinks {
    return new InMemoryChannelLinks(this.data, this.inbox, replica, this.leases);
  }

  pass(ms: number): void {
    for (const lease of this.leases.values()) lease.until -= ms;
  }

  async hold(places: readonly ChannelPlace[], leaseMs: number): Promise<string[]> {
    const held: string[] = [];
    for (const { channel, tenant } of places) {
      const now: Lease = this.leases.get(channel) ?? {
        ...{ channel, tenant, status: 'disconnected', holder: undefined, until: 0 },
      };
      if (now.holder !== undefined && now.holder !== this.replica && now.until > Date.now()) continue;
      if (now.holder !== this.replica) {
        if (now.status === 'connected') this.tell(now, 'the replica that held it is gone');
        Object.assign(now, { holder: this.replica, status: 'connecting', connectedSince: undefined });
      }
      now.tenant = tenant;
      now.until = Date.now() + leaseMs;
      this.leases.set(channel, now);
      held.push(channel);
    }
    return held;
  }

  async report(channel: string, { status, error }: ChannelState): Promise<boolean> {
    const lease = this.leases.get(channel);
    if (lease?.holder !== this.replica) return false;
    const before = lease.status;
    lease.status = status;
    if (status === 'connected') {
      if (before !== 'connected') lease.connectedSince = new Date();
      delete lease.error;
    } else {
      delete lease.connectedSince;
      if (error !== undefined) lease.error = error;
    }
    if ((before === 'connected') !== (status === 'connected')) this.tell(lease, error);
    return true;
  }

  async release(channels: readonly string[], reason: string): Promise<void> {
    for (const channel of channels)
      if (await this.report(channel, { status: 'disconnected', error: reason }))
        Object.assign(this.leases.get(channel) ?? {}, { holder: undefined, until: 0 });
  }

  async list(channels: readonly string[]): Promise<ChannelLink[]> {
    return [...this.leases.values()]
      .filter(({ channel }) => channels.includes(channel))
      .map(({ holder, until, connectedSince, ...link }) =>
        holder !== undefined && until > Date.now()
          ? { ...link, ...(connectedSince && { connectedSince }) }
          : { ...link, status: 'disconnected' },
      );
  }

  async traffic(tenant: string, channels: readonly string[], since: Date): Promise<Map<string, number>> {
    const sent = (channel: string) =>
      this.data.sends.filter(
        (send) =>
          send.tenant === tenant && send.channel === channel && send.state === 'sent' && (send.endedAt ?? 0) >= since,
      ).length;
    return new Map(channels.map((name) => [name, sent(name) + this.inbox.received(tenant, name, since)]));
  }

  private tell({ tenant, channel, status }: Lease, reason: string | undefined): void {
    const timestamp = new Date().toISOString();
    if (status === 'connected' && reason === undefined)
      this.data.record({ tenant, name: 'channel.connected', data: { channel, timestamp } });
    else {
      const data = { channel, timestamp, ...(reason !== undefined && { reason }) };
      this.data.record({ tenant, name: 'channel.disconnected', data });
    }
  }
}

export class InMemoryDraftStore extends DraftStore {
  constructor(private readonly data: InMemoryConversations) {
    super();
  }

  async find({ id }: TurnRef): Promise<string | undefined> {
    return this.data.drafts.get(id);
  }

  async keep({ id }: TurnRef, messageId: string): Promise<void> {
    this.data.drafts.set(id, messageId);
  }

  async busy(tenant: string, channel: string, chatId: string): Promise<boolean> {
    return this.data.sends.some(
      (send) => send.state === 'queued' && send.tenant === tenant && send.channel === channel && send.chatId === chatId,
    );
  }
}

interface Asked extends Pairing {
  tenant: string;
  code: string | undefined;
  toldAt: number;
}

export class InMemoryPairingStore extends PairingStore {
  private people: Asked[] = [];

  pass(ms: number): void {
    for (const person of this.people) {
      person.toldAt -= ms;
      if (person.expiresAt) person.expiresAt = new Date(person.expiresAt.getTime() - ms);
    }
  }

  async isPaired(tenant: string, channel: string, userId: string): Promise<boolean> {
    return this.of(tenant, channel).some((person) => person.userId === userId && person.approvedAt !== undefined);
  }

  async ask(
    tenant: string,
    channel: string,
    user: { id: string; name: string },
    code: string,
    { codeMs, repeatMs, open }: PairingLimits,
  ): Promise<string | undefined> {
    const now = Date.now();
    const valid = this.of(tenant, channel).filter(({ expiresAt }) => (expiresAt?.getTime() ?? 0) > now);
    const known = valid.find(({ userId }) => userId === user.id);
    if (known) {
      if (now - known.toldAt < repeatMs) return undefined;
      known.toldAt = now;
      return known.code;
    }
    if (valid.length >= open) return undefined;
    await this.remove(tenant, channel, user.id);
    this.people.push({
      ...{ tenant, channel, userId: user.id, userName: user.name, code, toldAt: now },
      ...{ createdAt: new Date(), approvedAt: undefined, expiresAt: new Date(now + codeMs) },
    });
    return code;
  }

  async approve(tenant: string, channel: string, code: string): Promise<Pairing | undefined> {
    const asked = this.of(tenant, channel).find(
      (person) => person.code === code && (person.expiresAt?.getTime() ?? 0) > Date.now(),
    );
    if (!asked) return undefined;
    Object.assign(asked, { code: undefined, expiresAt: undefined, approvedAt: new Date() });
    return shown(asked);
  }

  async list(tenant: string, channel: string): Promise<Pairing[]> {
    const listed = this.of(tenant, channel).filter(
      ({ approvedAt, expiresAt }) => approvedAt !== undefined || (expiresAt?.getTime() ?? 0) > Date.now(),
    );
    return listed.map(shown).reverse();
  }

  async remove(tenant: string, channel: string, userId: string): Promise<boolean> {
    const found = this.of(tenant, channel).find((person) => person.userId === userId);
    this.people = this.people.filter((person) => person !== found);
    return found !== undefined;
  }

  private of(tenant: string, channel: string): Asked[] {
    return this.people.filter((person) => person.tenant === tenant && person.channel === channel);
  }
}

function shown({ channel, userId, userName, createdAt, approvedAt, expiresAt }: Asked): Pairing {
  return { channel, userId, userName, createdAt, approvedAt, expiresAt };
}
