// Stands for a gateway: runs every hostile skill under one engine, and prints as JSON what became of each. A process of its own, so that it
// can be another user's, and so that killing it would be seen.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ESCAPES, sourceOf } from './escapes.mjs';

// `names`: which of the escapes; all when left out.
const [engine, build, ...names] = process.argv.slice(2);
const { SandboxSkillRuntime } = await import(build);
const folder = mkdtempSync(join(tmpdir(), 'openclaw-escape-'));
const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} };
const settings = {
  engine,
  image: undefined,
  unisolated: engine === 'none',
  warm: 0,
  concurrent: 4,
  surroundings: process.env,
};
const runtime = new SandboxSkillRuntime(() => settings, join(folder, 'workspaces'), logger);
const never = new AbortController().signal;

async function listening(server, ...where) {
  server.listen(...where);
  await once(server, 'listening');
  return server;
}

const reached = [];
const canary = (name) => createServer((socket) => (reached.push(name), socket.destroy()));
const tcp = await listening(canary('tcp'), 0, '::');
const socket = await listening(canary('socket'), join(folder, 'canary.sock'));
const abstract = await listening(canary('abstract'), `\0openclaw-escape-${process.pid}`);
const udp = createSocket('udp4', (message, from) => (reached.push('udp'), udp.send('pong', from.port, from.address)));
udp.bind(0, '127.0.0.1');
await once(udp, 'listening');
writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o644 });
let signalled;
for (const signal of ['SIGTERM', 'SIGUSR1']) process.on(signal, () => (signalled = signal));

const at = {
  pid: process.pid,
  secretName: 'OPENCLAW_ESCAPE_SECRET',
  file: join(folder, 'secret'),
  outside: join(folder, 'written'),
  port: tcp.address().port,
  udpPort: udp.address().port,
  socket: join(folder, 'canary.sock'),
  abstract: `openclaw-escape-${process.pid}`,
  address: Object.values(networkInterfaces())
    .flat()
    .find((found) => !found.internal && found.family === 'IPv4')?.address,
};

function skill(name, body) {
  const place = join(folder, `skill-${Object.keys(ESCAPES).indexOf(name)}`);
  mkdirSync(place, { mode: 0o755, recursive: true });
  writeFileSync(join(place, 'index.cjs'), sourceOf(body), { mode: 0o644 });
  const permissions = { network: false, filesystem: false, shell: false };
  return {
    manifest: {
      name: 'escape',
      version: '1.0.0',
      description: '',
      kind: 'function',
      entry: 'index.cjs',
      permissions,
      body: '',
    },
    digest: name,
    folder: place,
    tenant: 'default',
    settings: {
      enabled: true,
      allowedHosts: [],
      allowPrivateNetworks: false,
      config: {},
      secrets: {},
      limits: { timeoutMs: 6_000, memoryMb: 256, outputBytes: 1_048_576, processes: 64, workspaceBytes: 1_048_576 },
    },
  };
}

const state = await runtime.engine();
const outcomes = [];
if (state.name !== null) {
  for (const [name, body] of Object.entries(ESCAPES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const reachedBefore = reached.length;
    let got;
    let why;
    try {
      got = await runtime.run(skill(name, body), { args: at }, never);
    } catch (error) {
      why = error.message;
    }
    const through = reached.length > reachedBefore ? reached.at(-1) : signalled;
    outcomes.push({
      name,
      stopped: (got ?? null) === null && through === undefined,
      ...(why && { why }),
      ...(through && { through }),
      got,
    });
    signalled = undefined;
  }
}
await runtime.close();
const left = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
for (const server of [tcp, socket, abstract]) server.close();
udp.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify({ state, outcomes, left, uid: process.getuid() }));
