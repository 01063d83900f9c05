import type { Postgres } from '@openclaw/adapter-postgres';
import {
  type ActiveTurns,
  type ChannelOverview,
  type Component,
  type ComponentHealth,
  HealthReader,
  type ProviderState,
  type ResilientRunner,
  Unavailable,
  type WebhookEndpoints,
  type WebhookQueue,
} from '@openclaw/core';
import type { LiveSkills } from './live-skills.js';

const PING_PATIENCE_MS = 2_000;

export class LiveHealth extends HealthReader {
  constructor(
    private readonly postgres: Pick<Postgres, 'ping'>,
    private readonly runner: ResilientRunner,
    private readonly providers: () => { name: string; fallback: boolean }[],
    private readonly active: ActiveTurns,
    private readonly channelOverview: Pick<ChannelOverview, 'list'>,
    private readonly skills: LiveSkills,
    private readonly webhooks: { endpoints: Pick<WebhookEndpoints, 'counts'>; queue: Pick<WebhookQueue, 'depth'> },
  ) {
    super();
  }

  async components(tenant: string): Promise<Record<Component, ComponentHealth>> {
    const [database, channels, webhooks] = await Promise.all([
      this.database(),
      this.channels(tenant),
      this.ofWebhooks(),
    ]);
    return {
      database,
      provider: this.provider(),
      channels,
      webhooks,
      skills: await this.skills.health(),
    };
  }

  ready(): boolean {
    return !this.active.draining;
  }

  private async database(): Promise<ComponentHealth> {
    return soon(async () => ({ status: 'ok', latency_ms: Math.round((await this.postgres.ping()) * 10) / 10 }));
  }

  /** Over all tenants. Degraded while an endpoint takes nothing, and when one has been given up. */
  private async ofWebhooks(): Promise<ComponentHealth> {
    const { endpoints, queue } = this.webhooks;
    return soon(async () => {
      const [{ active, failing, disabled }, pending] = await Promise.all([endpoints.counts(), queue.depth()]);
      return { status: failing + disabled > 0 ? 'degraded' : 'ok', endpoints: active, failing, disabled, pending };
    });
  }

  /** Down only when none is connected; those that are switched off don't count. */
  private async channels(tenant: string): Promise<ComponentHealth> {
    try {
      const on = (await this.channelOverview.list(tenant)).filter(({ off }) => !off);
      const connected = on.filter(({ status }) => status === 'connected').map(({ type }) => type);
      const disconnected = on.filter(({ status }) => status !== 'connected').map(({ type }) => type);
      const status = disconnected.length === 0 ? 'ok' : connected.length === 0 ? 'down' : 'degraded';
      return { status, connected, disconnected };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return { status: 'down', error: error.message };
    }
  }

  /** Down only when nobody is left who might answer. */
  private provider(): ComponentHealth {
    const providers = this.runner.state(this.providers().map((provider) => provider.name));
    const down = providers.filter((provider) => provider.status === 'down').length;
    const status = down === 0 ? 'ok' : down === providers.length ? 'down' : 'degraded';
    return { status, providers: providers.map(shown) };
  }
}

/** What can't be found out in time is down. */
async function soon(look: () => Promise<ComponentHealth>): Promise<ComponentHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PING_PATIENCE_MS} ms`)), PING_PATIENCE_MS);
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    return { status: 'down', error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function shown({ provider, status, lastError }: ProviderState) {
  return { name: provider, status, ...(lastError !== undefined && { last_error: lastError }) };
}
