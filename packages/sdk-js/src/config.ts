import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type { ConfigUpdated } from './wire.js';

const PATH = '/api/v1/config';

/** The configuration in force: `client.config`. Needs a token with scope `admin`. */
export class Config {
  constructor(private readonly transport: Transport) {}

  /** Secrets are `***REDACTED***`. */
  get(options: CallOptions = {}): Promise<Record<string, unknown>> {
    return this.transport.json({ ...options, method: 'GET', path: PATH });
  }

  /** One part of it: `gateway`, `gateway.auth`, … Throws `NotFoundError` where there is none. */
  async part(path: string, options: CallOptions = {}): Promise<unknown> {
    const call = { ...options, method: 'GET' as const, path: `${PATH}/${encodeURIComponent(path)}` };
    return (await this.transport.json<{ data: unknown }>(call)).data;
  }

  /** Deep-merges; null takes a stored value away. Throws `BadRequestError` with every problem, and then nothing has changed. */
  update(patch: Record<string, unknown>, options: CallOptions = {}): Promise<ConfigUpdated> {
    return this.transport.json({ ...options, method: 'PUT', path: PATH, body: patch });
  }
}
