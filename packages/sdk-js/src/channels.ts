import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type { Channel, ChannelList, Pairing, PairingList } from './wire.js';

const PATH = '/api/v1/channels';

/** The messaging platforms, and who may write on them: `client.channels`. */
export class Channels {
  constructor(private readonly transport: Transport) {}

  /** Those that are configured. */
  list(options: CallOptions = {}): Promise<ChannelList> {
    return this.transport.json({ ...options, method: 'GET', path: PATH });
  }

  status(type: string, options: CallOptions = {}): Promise<Channel> {
    return this.transport.json({ ...options, method: 'GET', path: `${pathOf(type)}/status` });
  }

  /** Who may write where that is by pairing, and who has asked. */
  pairings(type: string, options: CallOptions = {}): Promise<PairingList> {
    return this.transport.json({ ...options, method: 'GET', path: `${pathOf(type)}/pairings` });
  }

  /** Lets in whom the channel told this code. */
  approve(type: string, code: string, options: CallOptions = {}): Promise<Pairing> {
    return this.transport.json({ ...options, method: 'POST', path: `${pathOf(type)}/pairings`, body: { code } });
  }

  /** Makes them a stranger again. */
  removePairing(type: string, userId: string, options: CallOptions = {}): Promise<{ user_id: string; deleted: true }> {
    const path = `${pathOf(type)}/pairings/${encodeURIComponent(userId)}`;
    return this.transport.json({ ...options, method: 'DELETE', path });
  }
}

function pathOf(type: string): string {
  return `${PATH}/${encodeURIComponent(type)}`;
}
