import type { ChannelPort } from './channel-port.js';

/** What the configuration says of a channel that is of no platform's own. */
export interface ChannelRules {
  /** `open`: everybody is answered; `allowlist`: who is in `allowFrom`; `pairing`: also whom an operator has approved. */
  access: 'open' | 'allowlist' | 'pairing';
  /** Ids of people, as the platform gives them. */
  allowFrom: readonly string[];
  /** Whether it answers in groups, when it is addressed. */
  groups: boolean;
  /** Whether an answer is shown as it grows, where the platform can. */
  streaming: boolean;
  /** What a chat is told in the place of an answer that could not be given; empty for nothing. */
  failureNotice: string;
}

/** A channel that is configured and could be opened. */
export interface OpenChannel {
  /** Under `channels.` in the configuration. */
  channel: string;
  tenant: string;
  agent: string;
  rules: ChannelRules;
  port: ChannelPort;
}

/** What is configured under `channels`, opened or not. */
export interface ConfiguredChannel {
  channel: string;
  tenant: string;
  /** Why it can't be used, where it can't; no secrets. */
  problem?: string;
  /** Switched off by the configuration. */
  off?: true;
}

/** The channels of this gateway as configured now. */
export abstract class ChannelDirectory {
  /** Of this tenant; any other tenant's is not there. Without one: whoever it belongs to. */
  abstract get(channel: string, tenant?: string): OpenChannel | undefined;

  /** All that are open. */
  abstract list(): readonly OpenChannel[];

  /** All that are configured, also those that could not be opened or are switched off. */
  abstract configured(): readonly ConfiguredChannel[];
}
