import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COMPILED } from '../../../../test/machine/compiled.js';
import { later } from '../harness/cleanup.js';

/** A real registry of packages, in a process of its own. */
export interface Registry {
  url: string;
  /** Where it keeps the packed files. */
  storage: string;
  /** Publishes a packed file as the version of a package; what stands in the file is not looked at. */
  publish(name: string, version: string, packed: Buffer): Promise<void>;
  stop(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-registry-'));
  const storage = join(folder, 'storage');
  const config = {
    storage,
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 10 } },
    uplinks: {},
    packages: { '@*/*': OPEN, '**': OPEN },
    log: { type: 'stdout', format: 'json', level: 'error' },
    web: { enable: false },
    max_body_size: '30mb',
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const program = join(dirname(createRequire(import.meta.url).resolve('verdaccio/package.json')), 'bin/verdaccio');
  const child = spawn(
    process.execPath,
    [program, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, HOME: folder },
    },
  );
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  later(stop);
  for (;;) {
    const answer = await fetch(`${url}-/ping`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode !== null) throw new Error(`The registry did not come up. It wrote:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const token = await signUp(url);
  return { url, storage, stop, publish: (name, version, packed) => publish({ url, token }, name, version, packed) };
}

const OPEN = { access: '$all', publish: '$authenticated' };

async function signUp(url: string): Promise<string> {
  const response = await fetch(`${url}-/user/org.couchdb.user:tester`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'tester', password: 'a-long-password-1' }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`The registry gave no token: ${response.status}`);
  return token;
}

/** As `npm publish` does it. */
async function publish(
  to: { url: string; token: string },
  name: string,
  version: string,
  packed: Buffer,
): Promise<void> {
  const file = `${name.replace(/^.*\//, '')}-${version}.tgz`;
  const dist = {
    integrity: `sha512-${createHash('sha512').update(packed).digest('base64')}`,
    shasum: createHash('sha1').update(packed).digest('hex'),
    tarball: `${to.url}${name}/-/${file}`,
  };
  const response = await fetch(to.url + name.replace('/', '%2f'), {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${to.token}` },
    body: JSON.stringify({
      _id: name,
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { _id: `${name}@${version}`, name, version, description: '', dist } },
      _attachments: {
        [`${name}-${version}.tgz`]: {
          content_type: 'application/octet-stream',
          data: packed.toString('base64'),
          length: packed.length,
        },
      },
    }),
  });
  if (!response.ok)
    throw new Error(`The registry refused ${name}@${version}: ${response.status} ${await response.text()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
