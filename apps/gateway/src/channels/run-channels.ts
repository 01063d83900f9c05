import type { DeliverSends, KeepChannels, Logger } from '@openclaw/core';
import type { LiveConfig } from '../config/index.js';
import type { ChannelPool } from './channel-pool.js';

/** How long sends that are under way may take when the gateway stops, in ms. */
const LAST_SENDS_MS = 5_000;

/** The channels of a gateway, from its start to its stop. */
export class RunChannels {
  private off: (() => void) | undefined;

  constructor(
    private readonly live: LiveConfig,
    private readonly pool: ChannelPool,
    private readonly keeper: KeepChannels,
    private readonly delivery: DeliverSends,
    private readonly logger: Logger,
  ) {}

  /** Opens what is configured, so that it can be sent through. */
  async open(): Promise<void> {
    await this.pool.load(this.live.current.channels);
    this.off = this.live.onChange((_paths, config) => {
      this.pool.load(config.channels).then(
        () => this.keeper.look(),
        (error: unknown) => this.logger.error('the channels could not be changed', { error }),
      );
    });
    this.delivery.start();
  }

  /** Once platforms can call: takes leases and connects. */
  connect(): void {
    this.keeper.start();
  }

  /** Hears nothing more from now on, and gives the connections to other replicas. */
  async disconnect(): Promise<void> {
    await this.keeper.stop();
  }

  /** After the last turn: what is under way is sent, what is not stays for others. */
  async close(): Promise<void> {
    this.off?.();
    await this.delivery.stop(LAST_SENDS_MS);
    await this.pool.close();
  }
}
