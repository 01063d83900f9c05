import type { Clock } from '../shared/clock.js';
import type { ChannelDirectory } from './channel-directory.js';
import type { ChannelLinks } from './channel-links.js';

/** A channel as its tenant sees it. */
export interface ChannelFacts {
  type: string;
  status: 'connected' | 'connecting' | 'disconnected';
  connectedSince?: Date;
  /** Received and sent since midnight, UTC. */
  messagesToday: number;
  lastError?: string;
  /** Switched off by the configuration. */
  off?: true;
}

/** Counting is not done more often than this, in ms. */
const COUNTED_FOR_MS = 2_000;

/** How a tenant's channels are, on whichever replica they are connected. */
export class ChannelOverview {
  private readonly counts = new Map<string, { at: number; counts: Promise<Map<string, number>> }>();

  constructor(
    private readonly channels: ChannelDirectory,
    private readonly links: ChannelLinks,
    private readonly clock: Clock,
  ) {}

  /** Throws `Unavailable` when the database is away. */
  async list(tenant: string): Promise<ChannelFacts[]> {
    const mine = this.channels.configured().filter((channel) => channel.tenant === tenant);
    if (mine.length === 0) return [];
    const names = mine.map(({ channel }) => channel);
    const [links, counts] = await Promise.all([this.links.list(names), this.traffic(tenant, names)]);
    return mine.map(({ channel, problem, off }) => {
      const link = problem === undefined ? links.find((other) => other.channel === channel) : undefined;
      const lastError = problem ?? link?.error;
      return {
        type: channel,
        status: link?.status ?? 'disconnected',
        ...(link?.connectedSince && { connectedSince: link.connectedSince }),
        messagesToday: counts.get(channel) ?? 0,
        ...(lastError !== undefined && { lastError }),
        ...(off && { off }),
      };
    });
  }

  async find(tenant: string, type: string): Promise<ChannelFacts | undefined> {
    return (await this.list(tenant)).find((channel) => channel.type === type);
  }

  private traffic(tenant: string, names: string[]): Promise<Map<string, number>> {
    const now = this.clock.now();
    const known = this.counts.get(tenant);
    if (known && now.getTime() - known.at < COUNTED_FOR_MS) return known.counts;
    const midnight = new Date(now);
    midnight.setUTCHours(0, 0, 0, 0);
    const counts = this.links.traffic(tenant, names, midnight);
    this.counts.set(tenant, { at: now.getTime(), counts });
    counts.catch(() => this.counts.delete(tenant));
    return counts;
  }
}
