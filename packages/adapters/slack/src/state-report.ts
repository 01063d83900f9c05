import type { ChannelHost, ChannelState } from '@openclaw/core';

/** Tells the host of changes, and only of changes. */
export class StateReport {
  private last: ChannelState | undefined;

  constructor(private readonly host: Pick<ChannelHost, 'changed'>) {}

  tell(state: ChannelState): void {
    if (this.last?.status === state.status && this.last.error === state.error) return;
    this.last = state;
    this.host.changed(state);
  }
}
