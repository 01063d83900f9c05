import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { channelError } from './channel-errors.js';
import type { ChannelDirectory, OpenChannel } from './channel-directory.js';
import type { ChannelLinks } from './channel-links.js';
import type { ChannelHost, ChannelState } from './channel-port.js';
import type { ReceiveMessage } from './receive-message.js';

export interface KeepingOptions {
  leaseMs: number;
  renewMs: number;
  /** After a refusal that nothing but another configuration can mend, in ms. */
  refusedMs: number;
}

const STANDARD: KeepingOptions = { leaseMs: 5_000, renewMs: 1_000, refusedMs: 60_000 };
/** A lease is given up this long before it ends, in ms: nobody else may hold the connection at the same time. */
const MARGIN_MS = 500;
const CLOSE_MS = 5_000;

/** Holds the connections of the channels whose leases this replica has. */
export class KeepChannels {
  private readonly options: KeepingOptions;
  private readonly connections = new Map<string, Connection>();
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;
  private renewedAt = 0;

  constructor(
    private readonly channels: ChannelDirectory,
    private readonly links: ChannelLinks,
    private readonly receive: Pick<ReceiveMessage, 'execute' | 'chats'>,
    private readonly logger: Logger,
    options: Partial<KeepingOptions> = {},
  ) {
    this.options = { ...STANDARD, ...options };
  }

  start(): void {
    this.timer = setInterval(() => this.look(), this.options.renewMs);
    this.look();
  }

  /** Closes the connections and gives the leases back. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.ticking;
    const held = [...this.connections.keys()];
    await this.leaveAll('the gateway was stopped');
    await this.links.release(held, 'the gateway was stopped').catch((error: unknown) => {
      this.logger.warn('the channels could not be given back', { error });
    });
  }

  /** Something may have changed: the configuration, for one. */
  look(): void {
    if (performance.now() - this.renewedAt > this.options.leaseMs - MARGIN_MS && this.connections.size > 0)
      void this.leaveAll('its lease could not be renewed');
    this.ticking ??= this.tick().finally(() => {
      this.ticking = undefined;
    });
  }

  private async tick(): Promise<void> {
    try {
      const open = this.channels.list();
      for (const [name, connection] of this.connections)
        if (!open.some(({ channel }) => channel === name)) this.giveBack(name, connection);
      if (open.length === 0) return;
      const askedAt = performance.now();
      const held = await this.links.hold(open, this.options.leaseMs);
      this.renewedAt = askedAt;
      for (const channel of open) this.keep(channel, held.includes(channel.channel));
    } catch (error) {
      if (!(error instanceof Unavailable)) this.logger.error('the channels could not be looked after', { error });
    }
  }

  /** Waits for nothing: the leases of the others have to be renewed. */
  private keep(open: OpenChannel, held: boolean): void {
    const now = this.connections.get(open.channel);
    if (!held) {
      void now?.leave('another replica has its lease');
      this.connections.delete(open.channel);
      return;
    }
    if (now && now.port === open.port && !now.left) return now.report();
    const left = now?.leave('its configuration has changed');
    const connection = new Connection(open, this.links, this.receive, this.logger, this.options.refusedMs);
    this.connections.set(open.channel, connection);
    connection.begin(left);
  }

  private giveBack(name: string, connection: Connection): void {
    const why = 'it was taken out of the configuration';
    this.connections.delete(name);
    void connection
      .leave(why)
      .then(() => this.links.release([name], why))
      .catch((error: unknown) => this.logger.warn('a channel could not be given back', { channel: name, error }));
  }

  private async leaveAll(why: string): Promise<void> {
    const all = [...this.connections.values()];
    this.connections.clear();
    await Promise.all(all.map((connection) => connection.leave(why)));
  }
}

/** One channel's connection, from the lease to its end. */
class Connection {
  readonly port: OpenChannel['port'];
  left = false;
  private readonly ending = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  /** The newest state, until it is stored. */
  private untold: ChannelState | undefined;
  private telling: Promise<void> | undefined;

  constructor(
    private readonly open: OpenChannel,
    private readonly links: ChannelLinks,
    private readonly receive: Pick<ReceiveMessage, 'execute' | 'chats'>,
    private readonly logger: Logger,
    private readonly refusedMs: number,
  ) {
    this.port = open.port;
  }

  begin(after: Promise<void> = Promise.resolve()): void {
    this.logger.info('connecting a channel', { channel: this.open.channel });
    this.ended = after.then(() => this.run());
  }

  async leave(why: string): Promise<void> {
    if (this.left) return;
    this.left = true;
    this.logger.info('leaving a channel', { channel: this.open.channel, reason: why });
    this.ending.abort(new Error(why));
    const timer = new AbortController();
    await Promise.race([this.ended, sleep(CLOSE_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }

  /** Stores the newest state, if it is not stored yet. */
  report(): void {
    const state = this.untold;
    if (!state || this.telling || this.left) return;
    this.telling = this.links
      .report(this.open.channel, state)
      .then(() => {
        if (this.untold === state) this.untold = undefined;
      })
      .catch((error: unknown) => {
        if (!(error instanceof Unavailable)) this.logger.error("a channel's state could not be stored", { error });
      })
      .finally(() => {
        this.telling = undefined;
        // What could not be stored is tried again with the next renewal.
        if (this.untold !== state) this.report();
      });
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    const { channel } = this.open;
    const host: ChannelHost = {
      accept: (message) => this.receive.execute(this.open, message),
      changed: (state) => this.changed(state),
      chats: (since, most) => this.receive.chats(this.open, since, most),
    };
    while (!signal.aborted) {
      try {
        await this.port.connect(host, signal);
        if (signal.aborted) return;
        this.changed({ status: 'disconnected', error: 'The connection ended' });
      } catch (error) {
        if (signal.aborted) return;
        const reason = channelError(error)?.message ?? 'The channel failed; the log says more';
        this.logger.error('a channel can not be connected', { channel, error });
        this.changed({ status: 'disconnected', error: reason });
      }
      await sleep(this.refusedMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private changed(state: ChannelState): void {
    if (this.left) return;
    this.untold = { status: state.status, ...(state.error !== undefined && { error: state.error }) };
    this.report();
  }
}
