import { NotFound } from '../shared/errors.js';
import type { ChannelDirectory } from './channel-directory.js';
import type { Pairing, PairingStore } from './pairing-store.js';

/** What operators do with the codes that strangers were told. Of a channel that is not the tenant's: throws `NotFound`. */
export class ManagePairings {
  constructor(
    private readonly pairings: PairingStore,
    private readonly channels: ChannelDirectory,
  ) {}

  async approve(tenant: string, channel: string, code: string): Promise<Pairing> {
    this.check(tenant, channel);
    const pairing = await this.pairings.approve(tenant, channel, code.trim().toUpperCase());
    if (!pairing)
      throw new NotFound(
        `There is no such code on ${channel}, or it has expired; the person can ask for another by writing again`,
      );
    return pairing;
  }

  async list(tenant: string, channel: string): Promise<Pairing[]> {
    this.check(tenant, channel);
    return this.pairings.list(tenant, channel);
  }

  async remove(tenant: string, channel: string, userId: string): Promise<void> {
    this.check(tenant, channel);
    if (!(await this.pairings.remove(tenant, channel, userId)))
      throw new NotFound(`Nobody with the id "${userId}" is known on ${channel}`);
  }

  private check(tenant: string, channel: string): void {
    const known = this.channels.configured().some((other) => other.channel === channel && other.tenant === tenant);
    if (!known) throw new NotFound(`The channel "${channel}" is not configured on this gateway`);
  }
}
