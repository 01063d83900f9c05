import { setTimeout as sleep } from 'node:timers/promises';
import { channelError, ChannelRejected, ChannelUnavailable } from '../channels/channel-errors.js';
import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { ChannelPort } from '../channels/channel-port.js';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { ClaimedSend, Send, SendOutcome } from './send.js';
import { retryDelay } from './retry-delay.js';
import type { SendStore } from './send-store.js';
import { SendWatchers } from './send-watchers.js';

export interface DeliveryOptions {
  /** How often due sends are looked for, in ms. */
  pollMs: number;
  /** How long the platform may take for one part, in ms. */
  partTimeoutMs: number;
  /** When a send is given up, in ms after its acceptance. */
  longestMs: number;
  /** How many sends of one channel this replica delivers at a time. */
  perChannel: number;
}

const STANDARD: DeliveryOptions = {
  pollMs: 500,
  partTimeoutMs: 30_000,
  longestMs: 24 * 60 * 60 * 1_000,
  perChannel: 64,
};

const BATCH = 64;
/** How often overdue sends of channels that nobody serves are looked for. */
const OVERDUE_MS = 60_000;
const UNSERVED_RETRY_MS = 5_000;

/** Delivers sends: those that were just accepted, and those whose time has come, whoever accepted them. */
export class DeliverSends {
  readonly watchers = new SendWatchers();
  private readonly options: DeliveryOptions;
  private readonly underWay = new Set<Promise<void>>();
  private readonly perChannel = new Map<string, number>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private again = false;
  private lastOverdue = 0;
  private draining = false;

  constructor(
    private readonly store: SendStore,
    private readonly channels: ChannelDirectory,
    private readonly logger: Logger,
    options: Partial<DeliveryOptions> = {},
  ) {
    this.options = { ...STANDARD, ...options };
  }

  start(): void {
    this.timer = setInterval(() => this.look(), this.options.pollMs);
  }

  /** Takes nothing new; waits up to `ms` for what is under way, then breaks it off and puts it back. */
  async stop(ms: number): Promise<void> {
    this.draining = true;
    clearInterval(this.timer);
    await this.looking;
    const timer = setTimeout(() => this.stopping.abort(), ms);
    await Promise.all(this.underWay);
    clearTimeout(timer);
  }

  /** There may be something to deliver. */
  look(): void {
    if (this.draining) return;
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = this.takeDue().finally(() => {
      this.looking = undefined;
      if (!this.again) return;
      this.again = false;
      this.look();
    });
  }

  /** Delivers what this replica has claimed, and then what waits behind it in the same chat. */
  deliver(claimed: ClaimedSend): void {
    const work = this.work(claimed).catch((error: unknown) => {
      // The claim stays; it is put back when this replica finds that nobody here works on it.
      this.logger.error('a send could not be worked on', { error, send: claimed.id });
    });
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async takeDue(): Promise<void> {
    try {
      const places = this.channels.list().filter(({ channel }) => this.free(channel) > 0);
      const room = Math.min(BATCH, ...places.map(({ channel }) => this.free(channel)));
      if (places.length > 0) {
        const due = await this.store.claimDue(places, room);
        for (const send of due) this.deliver(send);
        if (due.length === room) this.again = true;
      }
      if (Date.now() - this.lastOverdue < OVERDUE_MS) return;
      this.lastOverdue = Date.now();
      for (const send of await this.store.claimOverdue(this.options.longestMs, BATCH)) this.deliver(send);
    } catch (error) {
      if (!(error instanceof Unavailable)) this.logger.error('could not look for sends', { error });
    }
  }

  private free(channel: string): number {
    return this.options.perChannel - (this.perChannel.get(channel) ?? 0);
  }

  private async work(first: ClaimedSend): Promise<void> {
    const { channel } = first;
    this.perChannel.set(channel, (this.perChannel.get(channel) ?? 0) + 1);
    try {
      let send: ClaimedSend | undefined = first;
      while (send) {
        const outcome = await this.attempt(send);
        send = outcome && (await this.note(send, outcome));
      }
    } finally {
      this.perChannel.set(channel, (this.perChannel.get(channel) ?? 1) - 1);
    }
  }

  /** Undefined when the send is not ours any more. */
  private async attempt(send: ClaimedSend): Promise<SendOutcome | undefined> {
    const messageIds = [...send.messageIds];
    const overdue = Date.now() - send.acceptedAt.getTime() > this.options.longestMs;
    if (overdue) return { state: 'failed', messageIds, failure: tooLate(send) };
    if (this.stopping.signal.aborted) return { state: 'queued', messageIds, error: undefined, retryInMs: 0 };
    const port = this.channels.get(send.channel, send.tenant)?.port;
    if (!port) {
      const error = `The channel ${send.channel} is not served here`;
      return { state: 'queued', messageIds, error, retryInMs: UNSERVED_RETRY_MS };
    }
    try {
      const parts = send.parts ?? port.split(send.text);
      for (let part = parts[messageIds.length]; part !== undefined; part = parts[messageIds.length]) {
        messageIds.push(await this.sendPart(port, send, part, messageIds.length));
        const noted = () => this.store.progress(send, parts, messageIds);
        if (messageIds.length < parts.length && !(await this.untilNoted(noted))) return undefined;
      }
      return { state: 'sent', messageIds };
    } catch (error) {
      return this.outcomeOf(error, send, messageIds);
    }
  }

  private async sendPart(port: ChannelPort, send: ClaimedSend, part: string, no: number): Promise<string> {
    const late = AbortSignal.timeout(this.options.partTimeoutMs);
    const signal = AbortSignal.any([late, this.stopping.signal]);
    try {
      if (no === 0 && send.draft !== undefined && port.edits) {
        try {
          await port.edits.edit(send.chatId, send.draft, part, signal);
          return send.draft;
        } catch (error) {
          // Somebody has deleted it; the answer goes as a message of its own.
          if (!(channelError(error) instanceof ChannelRejected)) throw error;
        }
      }
      return (await port.send(send.chatId, part, signal, `${send.id}-${no}`)).messageId;
    } catch (error) {
      if (late.aborted && error === late.reason)
        throw new ChannelUnavailable(`The platform did not answer within ${this.options.partTimeoutMs} ms`);
      throw error;
    }
  }

  private outcomeOf(thrown: unknown, send: ClaimedSend, messageIds: string[]): SendOutcome {
    const error = channelError(thrown);
    if (this.stopping.signal.aborted) return { state: 'queued', messageIds, error: undefined, retryInMs: 0 };
    if (error instanceof ChannelRejected)
      return { state: 'failed', messageIds, failure: { code: error.code, message: error.message } };
    const about = { send: send.id, channel: send.channel, attempt: send.attempts };
    if (error) this.logger.info('a send has to wait', { ...about, reason: error.message });
    else this.logger.error('the channel failed at a send', { ...about, error: thrown });
    const asked = error instanceof ChannelUnavailable ? error.retryAfterMs : undefined;
    const reason = error?.message ?? 'The channel failed';
    return { state: 'queued', messageIds, error: reason, retryInMs: retryDelay(send.attempts, asked) };
  }

  private async note(send: ClaimedSend, outcome: SendOutcome): Promise<ClaimedSend | undefined> {
    const at = new Date();
    const next = await this.untilNoted(() => this.store.note(send, outcome, !this.draining, at));
    this.watchers.tell(stateAfter(send, outcome, at));
    return next;
  }

  /** What the platform has taken is not forgotten because the database is away. */
  private async untilNoted<T>(write: () => Promise<T>): Promise<T> {
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof Unavailable) || this.stopping.signal.aborted) throw error;
        await sleep(pauseMs);
      }
    }
  }
}

function tooLate({ lastError, acceptedAt }: ClaimedSend) {
  const hours = Math.round((Date.now() - acceptedAt.getTime()) / 3_600_000);
  const why = lastError === undefined ? '' : `: ${lastError}`;
  return { code: 'service_unavailable' as const, message: `Given up after ${hours} hours${why}` };
}

function stateAfter(send: Send, outcome: SendOutcome, at: Date): Send {
  const { tenant, id, channel, chatId, conversationId, attempts, acceptedAt } = send;
  const { state, messageIds } = outcome;
  return {
    ...{ tenant, id, channel, chatId, conversationId, attempts, acceptedAt, state, messageIds },
    endedAt: state === 'queued' ? undefined : at,
    failure: state === 'failed' ? outcome.failure : undefined,
    lastError: state === 'queued' ? outcome.error : undefined,
  };
}
