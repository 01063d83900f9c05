import { type ChannelHost, type IncomingMessage, type Logger, storeForSure } from '@openclaw/core';

/** More than that can't wait for the store: Discord does not slow down. */
const MOST = 10_000;

/** Hands messages over one after another, in their order. Discord does not deliver again what was heard, so they wait here while the host can't store. */
export class Inbox {
  private readonly waiting: { message: IncomingMessage; sequence: number }[] = [];
  private work: Promise<void> | undefined;
  private held: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly host: Pick<ChannelHost, 'accept'>,
    private readonly logger: Logger,
    private readonly signal: AbortSignal,
    private readonly firstPauseMs: number,
  ) {}

  /** The place in the session of the first message that was not stored. */
  get first(): number | undefined {
    return this.waiting[0]?.sequence;
  }

  /** Hands nothing over before this has ended: what it brings is older. It never rejects. */
  hold(until: Promise<void>): void {
    this.held = Promise.all([this.held, until]);
  }

  add(message: IncomingMessage, sequence: number): void {
    if (this.waiting.length >= MOST) {
      this.logger.error('a message of discord was lost: too many wait to be stored', { update: message.updateId });
      return;
    }
    this.waiting.push({ message, sequence });
    this.work ??= this.empty().finally(() => (this.work = undefined));
  }

  /** Resolves when nothing waits any more, or `signal` was aborted. */
  async settled(): Promise<void> {
    await Promise.all([this.held, this.work]);
  }

  private async empty(): Promise<void> {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      await this.held;
      const { message } = next;
      try {
        const store = () => this.host.accept(message);
        await storeForSure(store, this.logger, { update: message.updateId }, this.signal, this.firstPauseMs);
      } catch (error) {
        if (this.signal.aborted) return;
        throw error;
      }
      this.waiting.shift();
    }
  }
}
