import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@openclaw/core';
import pg from 'pg';

/**
 * Hears what other replicas call out. A hint only: whoever listens also polls, since a call made while the connection is down is lost.
 */
export class Listener {
  private client: pg.Client | undefined;
  private closed = false;
  private connecting: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly handlers: Record<string, (payload: string) => void>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.connecting = this.connect();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end().catch((error: unknown) => this.logger.debug('listener did not close cleanly', { error }));
    await this.connecting;
  }

  private async connect(): Promise<void> {
    while (!this.closed) {
      const client = new pg.Client({
        connectionString: this.url,
        keepAlive: true,
        application_name: 'openclaw-listener',
      });
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      try {
        await client.connect();
        client.on('notification', ({ channel, payload }) => this.handlers[channel]?.(payload ?? ''));
        for (const channel of Object.keys(this.handlers)) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
        this.client = client;
        if (this.closed) await client.end();
        await lost;
      } catch (error) {
        this.logger.debug('listener could not connect', { error });
        await client
          .end()
          .catch((reason: unknown) => this.logger.debug('listener did not close cleanly', { error: reason }));
      }
      if (!this.closed) await sleep(500);
    }
  }
}
