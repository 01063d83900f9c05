import type { WebSocket } from 'ws';

export const OPCODE = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const;

/** A session of Discord's gateway: it numbers what it tells, and outlives its connection. */
export class GatewaySession {
  private readonly told: { t: string; s: number; d: unknown }[] = [];
  private connection: WebSocket | undefined;

  constructor(readonly id: string) {}

  join(connection: WebSocket): void {
    this.connection = connection;
  }

  leave(connection: WebSocket): void {
    if (this.connection === connection) this.connection = undefined;
  }

  dispatch(t: string, d: unknown): void {
    const event = { t, s: this.told.length + 1, d };
    this.told.push(event);
    this.send(event);
  }

  /** Everything after the place, and that it was everything. */
  replay(sequence: number): void {
    for (const event of this.told.filter(({ s, t }) => s > sequence && t !== 'RESUMED')) this.send(event);
    this.dispatch('RESUMED', {});
  }

  private send(event: { t: string; s: number; d: unknown }): void {
    this.connection?.send(JSON.stringify({ op: OPCODE.dispatch, ...event }));
  }
}
