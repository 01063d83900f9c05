import { once } from 'node:events';
import { createServer } from 'node:net';
import { DataFolderLock } from '@openclaw/adapter-embedded-postgres';
import type { GatewayConfig } from '../config/index.js';
import { errorCode } from '../config/error-code.js';
import { localUrl } from '../local-url.js';
import { fail, ok, warn, type Finding } from './finding.js';

const PATIENCE_MS = 3_000;

/** The port is free, or the gateway of this data folder listens on it. */
export async function checkPort(config: GatewayConfig): Promise<Finding> {
  const { port, bindAddress } = config.gateway;
  const place = `${bindAddress}:${port}`;
  const problem = await listenOnce(port, bindAddress);
  if (problem === undefined) return ok('port', port === 0 ? 'any free one' : `${place} is free`);
  const change = 'Choose another one with gateway.port or OPENCLAW_GATEWAY_PORT.';
  if (problem === 'EACCES') return fail('port', `${place} may not be used by this user`, change);
  if (problem === 'EADDRNOTAVAIL')
    return fail('port', `this machine has no address ${bindAddress}`, 'Correct gateway.bind.');
  if (problem !== 'EADDRINUSE') return fail('port', `${place} cannot be listened on (${problem})`, change);
  if (!(await isGateway(localUrl(config))))
    return fail('port', `${place} is in use by another program`, `Stop it. ${change}`);
  if (DataFolderLock.holder(config.home)) return ok('port', `the gateway is listening on ${place}`);
  return warn(
    'port',
    `${place} is in use by a gateway with another data folder`,
    `Stop that one before starting this one. ${change}`,
  );
}

/** The code of what stands against listening there. */
async function listenOnce(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return errorCode(error) ?? String(error);
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

async function isGateway(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'status' in body && 'uptime_seconds' in body;
  } catch {
    // Whatever it is, it does not talk like a gateway.
    return false;
  }
}
