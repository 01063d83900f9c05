import {
  type ActiveTurns,
  type AgentDirectory,
  type ChannelOverview,
  type ConversationStore,
  type GatewayStatus,
  type MemoryIndex,
  StatusReader,
} from '@openclaw/core';
import type { LiveConfig } from '../config/index.js';
import { VERSION } from '../version.js';
import type { LiveSkills } from './live-skills.js';

export class LiveStatus extends StatusReader {
  constructor(
    private readonly live: LiveConfig,
    private readonly agents: () => AgentDirectory,
    private readonly active: ActiveTurns,
    private readonly conversations: ConversationStore,
    private readonly channels: Pick<ChannelOverview, 'list'>,
    private readonly memory: Pick<MemoryIndex, 'stats'>,
    private readonly port: () => number,
    private readonly skills: LiveSkills,
  ) {
    super();
  }

  async read(tenant: string): Promise<GatewayStatus> {
    const { gateway, authEnabled } = this.live.current;
    const { wal, compacted } = await this.memory.stats(tenant);
    const { models } = this.agents();
    const { total, averageLatencyMs } = this.active.statistics;
    return {
      version: VERSION,
      uptimeSeconds: Math.floor(process.uptime()),
      gateway: { port: this.port(), bind: gateway.bindAddress, authEnabled },
      reasoning: {
        primaryProvider: this.live.current.providerList[0]?.type ?? '',
        primaryModel: models.default.model,
        totalRequests: total,
        averageLatencyMs,
      },
      memory: {
        walEntries: wal.entries,
        compactedFiles: compacted.segments,
        totalSizeMb: totalMb(wal.bytes + compacted.bytes),
      },
      skills: await this.skills.status(tenant),
      channels: await this.links(tenant),
      models: { available: models.list().length, default: models.default.id },
      sessions: await this.conversations.counts(tenant),
    };
  }

  private async links(tenant: string): Promise<GatewayStatus['channels']> {
    const on = (await this.channels.list(tenant)).filter(({ off }) => !off);
    const { true: up = [], false: down = [] } = Object.groupBy(on, ({ status }) => `${status === 'connected'}`);
    return { connected: up.map(({ type }) => type), disconnected: down.map(({ type }) => type) };
  }
}

/** To the byte, nearly: a small memory should not be shown as nothing. */
function totalMb(bytes: number): number {
  return Math.round((bytes / 1024 ** 2) * 1e6) / 1e6;
}
