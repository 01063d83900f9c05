import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker } from '../child.mjs';
import { cpuSeconds, memory } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { TOKEN } from '../surroundings.mjs';

const LEVELS = [1, 32];
const MESSAGE = 'Hello! Where is my order 4711, and can it still be delivered on Thursday before noon?';
/** Connections that are open before the measured ones. */
const FIRST = 1_000;
/** After which what was only needed to open the connections is gone. */
const SETTLE_MS = 3_000;

/** What an idle WebSocket costs in memory, and messages through WebSockets against the floor's turn behind bare `ws`. */
export async function measureSockets(surroundings, { idleSockets, socketRounds, round, warmUp }, say) {
  const gateway = await surroundings.startGateway();
  const floor = await surroundings.startFloor();
  const clients = startWorker('load/sockets.mjs');
  try {
    // First, while the heap has no room that messages have left: what the connections take shows.
    say(`sockets: ${idleSockets} idle ones`);
    const idle = await measureIdle(clients, gateway, idleSockets);
    const bare = await measureIdle(clients, floor, idleSockets);
    const rows = [];
    for (const connections of LEVELS) {
      say(`sockets: messages over ${connections}`);
      const rounds = { gateway: [], floor: [] };
      for (const [name, subject] of Object.entries({ gateway, floor })) {
        await talk(clients, subject, connections, warmUp);
        rounds[name] = [];
      }
      for (let at = 0; at < socketRounds; at++) {
        for (const [name, subject] of Object.entries({ gateway, floor })) {
          rounds[name].push(await talk(clients, subject, connections, round));
        }
      }
      const of = (name) => ({
        perSecond: median(rounds[name].map(({ perSecond }) => perSecond)),
        p50: median(rounds[name].map(({ p50 }) => p50)),
        cpuMicros: median(rounds[name].map(({ cpuMicros }) => cpuMicros)),
      });
      const ratio = median(rounds.gateway.map(({ perSecond }, at) => perSecond / rounds.floor[at].perSecond));
      rows.push({ connections, gateway: of('gateway'), floor: of('floor'), ratio });
    }
    return { idleSockets, idle, bare, rows };
  } finally {
    await clients.stop();
    await gateway.stop();
  }
}

/** KB of resident memory per connection, beyond what the first thousand brought with them. */
async function measureIdle(clients, { url, pid }, count) {
  await clients.ask({ work: 'hold', url, token: TOKEN, count: FIRST });
  await sleep(SETTLE_MS);
  const before = memory(pid).resident;
  const cpuBefore = cpuSeconds(pid);
  const { open } = await clients.ask({ work: 'hold', url, token: TOKEN, count });
  const opening = ((cpuSeconds(pid) - cpuBefore) / count) * 1e6;
  await sleep(SETTLE_MS);
  const after = memory(pid).resident;
  const idleBefore = cpuSeconds(pid);
  await sleep(SETTLE_MS);
  const idleShare = (cpuSeconds(pid) - idleBefore) / (SETTLE_MS / 1_000);
  await clients.ask({ work: 'drop' });
  if (open !== count + FIRST) throw new Error(`${open} of ${count + FIRST} connections stayed open`);
  return { kilobytes: ((after - before) * 1_000) / count, openingMicros: opening, idleShare };
}

async function talk(clients, { url, pid }, connections, limits) {
  const before = cpuSeconds(pid);
  const order = { work: 'talk', url, token: TOKEN, connections, content: MESSAGE, ...limits };
  const { count, seconds, latencies } = await clients.ask(order);
  return {
    perSecond: count / seconds,
    p50: percentile(latencies, 0.5),
    cpuMicros: ((cpuSeconds(pid) - before) / count) * 1e6,
  };
}
