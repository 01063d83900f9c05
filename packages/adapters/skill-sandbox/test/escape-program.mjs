// Stands for a gateway: runs every hostile skill under one engine, and prints as JSON what became of each. A process of its own, so that it
// can be another user's, and so that killing it would be seen.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { APART, sourceOf, TOGETHER } from './escapes.mjs';

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

/** Which doors somebody came through, and which signals came. */
const reached = new Set();
const canary = (name) => createServer((socket) => (reached.add(name), socket.destroy()));
const tcp = await listening(canary('tcp'), 0, '::');
const socket = await listening(canary('socket'), join(folder, 'canary.sock'));
const abstract = await listening(canary('abstract'), `\0openclaw-escape-${process.pid}`);
const udp = createSocket('udp4', (message, from) => (reached.add('udp'), udp.send('pong', from.port, from.address)));
udp.bind(0, '127.0.0.1');
await once(udp, 'listening');
writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o644 });
for (const signal of ['SIGTERM', 'SIGUSR1']) process.on(signal, () => reached.add(signal));

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

/** How long whatever does not end by itself is let run, and how long the others may take; in ms. */
const ENDLESS_MS = 4_000;
const PATIENCE_MS = 60_000;

function skill(name, escapes) {
  const place = join(folder, `skill-${name.replaceAll(/\W/g, '-')}`);
  mkdirSync(place, { mode: 0o755, recursive: true });
  writeFileSync(join(place, 'index.cjs'), sourceOf(escapes), { mode: 0o644 });
  const timeoutMs = name.endsWith('without end') ? ENDLESS_MS : PATIENCE_MS;
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
      limits: { timeoutMs, memoryMb: 256, outputBytes: 1_048_576, processes: 64, workspaceBytes: 1_048_576 },
    },
  };
}

/** What must not have been reached, where it would not show in what the skill got. */
const DOORS = [
  [/TCP/, 'tcp'],
  [/UDP/, 'udp'],
  [/abstract/, 'abstract'],
  [/a unix socket/, 'socket'],
  [/signal the gateway/, 'SIGTERM'],
  [/debugger/, 'SIGUSR1'],
];
/** How what gives no result may end: anything else that keeps a skill from it is no proof that it was stopped. */
const ENDS = [
  [/without end/, /did not answer within/],
  [/eat memory/, /used more memory|ended without a result/],
  [/flood|endless/, /wrote more than/],
];

async function attempt(name, escapes) {
  let got;
  let why;
  try {
    got = await runtime.run(skill(name, escapes), { args: at }, never);
  } catch (error) {
    why = error.message;
  }
  const ended = ENDS.find(([names]) => names.test(name))?.[1].test(why) ?? false;
  return Object.keys(escapes).map((escape) => {
    const through = DOORS.find(([names, door]) => names.test(escape) && reached.has(door))?.[1];
    const held = got ? got[escape] === null : ended;
    return { name: escape, stopped: held && through === undefined, got: got?.[escape], why, through };
  });
}

const state = await runtime.engine();
const outcomes = [];
if (state.name !== null) {
  const chosen = (escapes) => Object.entries(escapes).filter(([name]) => names.length === 0 || names.includes(name));
  const sandboxes = [
    ...chosen(APART).map(([name, body]) => [name, { [name]: body }]),
    ['together', Object.fromEntries(chosen(TOGETHER))],
  ];
  // Those that take their time first; as many at once as there are places.
  sandboxes.sort(([a], [b]) => Number(b.endsWith('without end')) - Number(a.endsWith('without end')));
  const tried = await Promise.all(sandboxes.map(([name, escapes]) => attempt(name, escapes)));
  outcomes.push(...tried.flat());
}
await runtime.close();
const left = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
for (const server of [tcp, socket, abstract]) server.close();
udp.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify({ state, outcomes, left, uid: process.getuid() }));
