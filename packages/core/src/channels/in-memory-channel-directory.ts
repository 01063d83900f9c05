import { ChannelDirectory, type ChannelRules, type ConfiguredChannel, type OpenChannel } from './channel-directory.js';
import type { ChannelPort } from './channel-port.js';

const OPEN: ChannelRules = {
  ...{ access: 'open', allowFrom: [], groups: true, streaming: true },
  failureNotice: 'Sorry, that did not work.',
};

export class InMemoryChannelDirectory extends ChannelDirectory {
  readonly opened: OpenChannel[] = [];
  readonly broken: ConfiguredChannel[] = [];

  /** A channel of this name, of tenant `default` and with open doors unless `more` says otherwise. */
  add(channel: string, port: ChannelPort, more: { tenant?: string; rules?: Partial<ChannelRules> } = {}): OpenChannel {
    const { tenant = 'default', rules } = more;
    const open: OpenChannel = { channel, tenant, agent: 'main', rules: { ...OPEN, ...rules }, port };
    this.opened.push(open);
    return open;
  }

  get(channel: string, tenant?: string): OpenChannel | undefined {
    return this.opened.find((open) => open.channel === channel && (tenant === undefined || open.tenant === tenant));
  }

  list(): readonly OpenChannel[] {
    return this.opened;
  }

  configured(): readonly ConfiguredChannel[] {
    return [...this.opened.map(({ channel, tenant }) => ({ channel, tenant })), ...this.broken];
  }
}
