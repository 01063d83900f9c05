import type { ChannelPlace } from '../sends/send-store.js';
import type { ChannelState } from './channel-port.js';

/** How a channel is connected, as its holder reported it; one whose holder has not been heard of is disconnected. */
export interface ChannelLink extends ChannelState {
  channel: string;
  tenant: string;
  connectedSince?: Date;
}

/**
 * Which replica holds each channel's connection, and how that is. A lease is held by one replica at a time; it ends by itself when it is
 * not renewed.
 */
export abstract class ChannelLinks {
  /**
   * Renews the leases that this replica has of these channels, takes those that are free, for `leaseMs` from now on, and tells which
   * of them it holds. Taking one over from a replica that was connected is an event `channel.disconnected`.
   */
  abstract hold(places: readonly ChannelPlace[], leaseMs: number): Promise<string[]>;

  /** Keeps the state, with an event when it became connected or ceased to be. False when the lease is not this replica's. */
  abstract report(channel: string, state: ChannelState): Promise<boolean>;

  /** Gives these leases back. */
  abstract release(channels: readonly string[], reason: string): Promise<void>;

  abstract list(channels: readonly string[]): Promise<ChannelLink[]>;

  /** Messages received and sent since this time, of each of these channels of the tenant. */
  abstract traffic(tenant: string, channels: readonly string[], since: Date): Promise<Map<string, number>>;
}
