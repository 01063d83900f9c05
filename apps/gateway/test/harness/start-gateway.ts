import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { COMPILED } from '../../../../test/machine/compiled.js';
import { later } from './cleanup.js';
import { GatewayProcess } from './gateway-process.js';
import { makeHome, writeHomeFile } from './homes.js';

export interface GatewayOptions {
  /** `embedded`, or the URL of a PostgreSQL database: several gateways may share one. */
  database: 'embedded' | (string & {});
  /** Written as `~/.config/openclaw/openclaw.json5`, with limits on requests that no test reaches unless it sets some. */
  config?: { api?: object } & Record<string, unknown>;
  /** Written below the home folder, e.g. `{ '.openclaw/gateway.yaml': '…' }`. */
  files?: Record<string, string>;
  /** Beside PATH, HOME, a port of 0 and where compiled code is kept: nothing else of the tests' own environment gets through. */
  env?: Record<string, string>;
  /** The home folder of a gateway that ran before; without one it gets its own. */
  home?: string;
}

/** For gateways that share a database: one operator token and one key for stored secrets. */
export const REPLICA_ENV = {
  OPENCLAW_GATEWAY_TOKEN: 'oc_op_the-operator-of-these-tests',
  OPENCLAW_SECRET_KEY: 'the key of these tests',
};

/** As `api.rateLimit`: tests ask a gateway more in a minute than anybody should by default. */
const UNLIMITED = { global: { maxRequests: 10_000_000 }, perToken: { maxRequests: 10_000_000 } };

const PROGRAM = join(import.meta.dirname, 'gateway-program.mjs');

/**
 * Starts a gateway as a process of its own, on any free port, and settles when it serves. Throws `GatewayFailed`, with all that it
 * wrote, when it does not come up. What still runs at the end of the test file is stopped then, and has to stop with 0.
 */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  const { database, config, files = {}, env, home = makeHome() } = options;
  if (config) {
    // Skills are tried where they are the matter; finding out what isolates them takes a while.
    const written = { skills: { engine: 'none' }, ...config, api: { rateLimit: UNLIMITED, ...config.api } };
    writeHomeFile(home, '.config/openclaw/openclaw.json5', JSON.stringify(written, null, 2));
  }
  for (const [name, text] of Object.entries(files)) writeHomeFile(home, name, text);
  const child = spawn(process.execPath, ['--disable-sigusr1', PROGRAM], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      NODE_COMPILE_CACHE: COMPILED,
      HOME: home,
      OPENCLAW_GATEWAY_PORT: '0',
      ...(database !== 'embedded' && { DATABASE_URL: database }),
      ...env,
    },
  });
  const gateway = new GatewayProcess(child, home);
  await gateway.announced();
  later(async () => {
    const ranOn = child.exitCode === null && child.signalCode === null;
    const ending = await gateway.stop();
    if (ranOn && ending !== 0) throw new Error(`The gateway ended with ${ending}. It wrote:\n${gateway.logs()}`);
  });
  return gateway;
}
