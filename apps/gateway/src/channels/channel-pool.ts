import { isDeepStrictEqual } from 'node:util';
import {
  ChannelDirectory,
  type ChannelPort,
  type ChannelRules,
  type ConfiguredChannel,
  type Logger,
  type OpenChannel,
} from '@openclaw/core';
import type { GatewayConfig } from '../config/index.js';
import { ChannelNotLoaded, loadChannel } from './load-channel.js';

type Channels = GatewayConfig['channels'];
/** What every channel's settings have, beside its own. */
type Settings = Pick<NonNullable<Channels['webhook']>, 'enabled' | 'tenant' | 'agent' | keyof ChannelRules> &
  Readonly<Record<string, unknown>>;

interface Entry {
  settings: Settings;
  configured: ConfiguredChannel;
  open: OpenChannel | undefined;
}

/** Names go into addresses, ids of conversations and columns. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A channel that was replaced may still be sending. */
const RETIRE_MS = 40_000;

/** One port per configured channel; follows the configuration without disturbing the channels that did not change. */
export class ChannelPool extends ChannelDirectory {
  private entries = new Map<string, Entry>();
  private readonly retired = new Map<ChannelPort, NodeJS.Timeout>();
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly home: string,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** Opens what is new or changed; a channel that can't be opened has a problem, and never keeps the others from it. */
  load(channels: Channels): Promise<void> {
    this.loading = this.loading.then(async () => {
      const after = new Map<string, Entry>();
      for (const [name, settings] of Object.entries<Settings | undefined>(channels)) {
        if (!settings) continue;
        const old = this.entries.get(name);
        const kept = old && isDeepStrictEqual(old.settings, settings) ? old : undefined;
        after.set(name, kept ?? (await this.open(name, settings)));
      }
      for (const [name, { open }] of this.entries) if (open && after.get(name)?.open !== open) this.retire(open.port);
      this.entries = after;
    });
    return this.loading;
  }

  get(channel: string, tenant?: string): OpenChannel | undefined {
    const open = this.entries.get(channel)?.open;
    return tenant === undefined || open?.tenant === tenant ? open : undefined;
  }

  list(): readonly OpenChannel[] {
    return [...this.entries.values()].flatMap(({ open }) => (open ? [open] : []));
  }

  configured(): readonly ConfiguredChannel[] {
    return [...this.entries.values()].map(({ configured }) => configured);
  }

  /** After the last send. */
  async close(): Promise<void> {
    await this.loading;
    for (const timer of this.retired.values()) clearTimeout(timer);
    const ports = [...this.retired.keys(), ...this.list().map(({ port }) => port)];
    await Promise.all(ports.map((port) => this.closePort(port)));
  }

  private async open(channel: string, settings: Settings): Promise<Entry> {
    const { tenant } = settings;
    if (!settings.enabled) {
      const problem = `Switched off in the configuration: channels.${channel}.enabled`;
      return { settings, configured: { channel, tenant, problem, off: true }, open: undefined };
    }
    try {
      if (!NAME.test(channel) || channel === 'api') throw new ChannelNotLoaded('A channel can not have this name');
      const create = await loadChannel(channel, moduleOf(settings), this.home);
      const logger = this.logger.child({ component: 'channels' });
      const port = await create({ name: channel, settings, logger });
      const open = { channel, tenant, agent: settings.agent, rules: rulesOf(settings), port };
      return { settings, configured: { channel, tenant }, open };
    } catch (error) {
      this.logger.error('a channel can not be used', { component: 'channels', channel, error });
      const problem = error instanceof Error ? error.message : 'It could not be opened; the log says more';
      return { settings, configured: { channel, tenant, problem }, open: undefined };
    }
  }

  private retire(port: ChannelPort): void {
    const timer = setTimeout(() => void this.closePort(port), RETIRE_MS);
    this.retired.set(port, timer.unref());
  }

  private async closePort(port: ChannelPort): Promise<void> {
    this.retired.delete(port);
    try {
      await port.close();
    } catch (error) {
      this.logger.warn('a channel did not close cleanly', { component: 'channels', error });
    }
  }
}

function moduleOf(settings: Settings): string | undefined {
  return 'module' in settings && typeof settings.module === 'string' ? settings.module : undefined;
}

function rulesOf({ access, allowFrom, groups, streaming, failureNotice }: Settings): ChannelRules {
  const standard = allowFrom.length > 0 ? 'allowlist' : 'open';
  return { access: access ?? standard, allowFrom, groups, streaming, failureNotice };
}
