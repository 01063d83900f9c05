import { setTimeout as sleep } from 'node:timers/promises';
import { chatConversationId } from '../channels/chat-conversation.js';
import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { ChannelPort } from '../channels/channel-port.js';
import type { ActiveTurns } from '../messages/active-turns.js';
import type { IdempotencyKey } from '../idempotency/idempotency-keys.js';
import { Conflict, InvalidInput, NotFound, RecordedFailure, Unavailable } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import type { DeliverSends } from './deliver-sends.js';
import type { NewSend, Send, SendRef } from './send.js';
import type { AcceptedSend, SendStore } from './send-store.js';

export interface SendCommand {
  tenant: string;
  channel: string;
  chatId: string;
  text: string;
}

/** How long a caller waits for the platform, in ms. */
const PATIENCE_MS = 10_000;
/** How often it is looked at when another replica delivers it. */
const LOOK_MS = 500;
/** Channels are configured by people; asking again at once is no use. */
const RETRY_AFTER_SECONDS = 60;
const WITHDRAW_PAUSE_MS = 200;
/** Messages that one text may become in a chat. */
export const MOST_PARTS = 50;
/** No platform's messages are so short that a text of this length, in UTF-16 code units, would become too many. */
const SURELY_FITS = 3_000;

/** Sends a text to a chat: stored first, then tried at once, then again until the platform has taken it. */
export class SendToChannel {
  constructor(
    private readonly store: SendStore,
    private readonly delivery: Pick<DeliverSends, 'deliver' | 'watchers'>,
    private readonly channels: ChannelDirectory,
    private readonly active: Pick<ActiveTurns, 'draining'>,
    /** Kinds of channels that every gateway knows. */
    private readonly known: readonly string[],
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /**
   * Resolves when the platform has taken it, or when it is known that this will take longer: then the send is `queued`. It is `failed` with
   * the platform's words when it refused: see `refusal`. Throws `InvalidInput` for a channel that nobody knows and for a text that would
   * become too many messages, `Unavailable` for a channel that is not configured, `Conflict` when the key was used for another request.
   */
  async execute(command: SendCommand, key?: IdempotencyKey): Promise<{ send: Send; replayed: boolean }> {
    if (this.active.draining) throw new Unavailable('The gateway is shutting down; try again in a moment');
    const { agent, port } = this.channelFor(command);
    refuseFlood(command, port);
    const { tenant, channel, chatId, text } = command;
    const conversationId = chatConversationId(channel, chatId);
    const send: NewSend = { tenant, id: newId('msg'), channel, chatId, conversationId, agentId: agent, text };
    const accepted = await this.accept(send, key);
    const replayed = 'used' in accepted;
    if (replayed && accepted.used.fingerprint !== key?.fingerprint)
      throw new Conflict('This Idempotency-Key has been used with another request; use a new key for a new request');
    const ref = { tenant, id: replayed ? accepted.used.turnId : send.id };
    const waiting = this.outcome(ref);
    if (!replayed && accepted.claimed) this.delivery.deliver(accepted.claimed);
    const state = (await waiting) ?? (replayed ? undefined : queued(send, accepted.acceptedAt));
    if (!state) throw new NotFound(`There is no message "${ref.id}" any more`);
    return { send: state, replayed };
  }

  private channelFor({ tenant, channel }: SendCommand) {
    const open = this.channels.get(channel, tenant);
    if (open) return open;
    const mine = this.channels.configured().filter((other) => other.tenant === tenant);
    const configured = mine.find((other) => other.channel === channel);
    const types = [...new Set([...this.known, ...mine.map((other) => other.channel)])];
    if (!types.includes(channel)) throw unknownChannel(channel, types);
    const why = configured ? 'can not be used at the moment: see its status' : 'is not configured on this gateway';
    throw new Unavailable(`The channel ${channel} ${why}`, {
      details: { channel },
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  private async accept(send: NewSend, key: IdempotencyKey | undefined): Promise<AcceptedSend> {
    try {
      return await this.store.accept(send, key);
    } catch (error) {
      // It may have been stored although its acknowledgement got lost; the caller is told that it was not. Under a key they find it again.
      if (error instanceof Unavailable && !key) void this.withdraw(send);
      throw error;
    }
  }

  private async withdraw(ref: SendRef): Promise<void> {
    for (;;) {
      await sleep(WITHDRAW_PAUSE_MS, undefined, { ref: false });
      try {
        return await this.store.withdraw(ref);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
      }
    }
  }

  /** What the first attempt comes to, wherever it is made; the state as it is when our patience ends. */
  private async outcome(ref: SendRef): Promise<Send | undefined> {
    const { promise: heard, resolve } = Promise.withResolvers<Send>();
    const unwatch = this.delivery.watchers.watch(ref, resolve);
    const deadline = Date.now() + this.patienceMs;
    try {
      for (;;) {
        const left = deadline - Date.now();
        const told = await within(heard, Math.min(left, LOOK_MS));
        if (told) return told;
        const found = await this.look(ref);
        if (found === 'gone') return undefined;
        if (found && (found.state !== 'queued' || found.lastError !== undefined)) return found;
        // Who waits would be cut off; the message is kept, and goes out after the restart if not before.
        if (found && this.active.draining) return found;
        if (Date.now() >= deadline) return found;
      }
    } finally {
      unwatch();
    }
  }

  /** Undefined when it can't be looked at. */
  private async look({ tenant, id }: SendRef): Promise<Send | 'gone' | undefined> {
    try {
      return (await this.store.find(tenant, id)) ?? 'gone';
    } catch (error) {
      if (error instanceof Unavailable) return undefined;
      throw error;
    }
  }
}

function refuseFlood({ channel, text }: SendCommand, port: Pick<ChannelPort, 'split' | 'longestPart'>): void {
  if (text.length <= SURELY_FITS) return;
  const parts = port.split(text).length;
  if (parts <= MOST_PARTS) return;
  const length = port.longestPart === undefined ? '' : `, whose messages have at most ${port.longestPart} characters`;
  const message = `message would become ${parts} messages on ${channel}${length}; at most ${MOST_PARTS} are sent for one`;
  throw InvalidInput.field('message', message);
}

/** What a caller is told whose message will never go; undefined for any other. */
export function refusal({ failure, id, channel, chatId }: Send): RecordedFailure | undefined {
  return failure && new RecordedFailure(failure, { details: { id, channel, chatId } });
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function queued(send: NewSend, acceptedAt: Date): Send {
  const { tenant, id, channel, chatId, conversationId } = send;
  return {
    ...{ tenant, id, channel, chatId, conversationId, acceptedAt, state: 'queued', messageIds: [], attempts: 0 },
    ...{ endedAt: undefined, failure: undefined, lastError: undefined },
  };
}

function unknownChannel(channel: string, available: string[]): InvalidInput {
  const field = { field: 'channel', message: `unknown channel ${JSON.stringify(channel)}` };
  return new InvalidInput(`There is no channel type ${JSON.stringify(channel)}. Available: ${available.join(', ')}`, {
    details: { errors: [field], available },
  });
}
