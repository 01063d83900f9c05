import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, familyCpuSeconds } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { MemoryApi } from './api.mjs';

const ROUNDS = 8;
const WARM_UP = 200;
const MESSAGE = 'Hello! Where is my order 4711, and can it still be delivered on Thursday before noon?';

/**
 * Turns of new conversations over HTTP, one at a time: with the memory as it is by default, and without (no entry is made, nothing recalled),
 * by turns in short rounds.
 */
export async function measureAppend(surroundings, turns, say) {
  say('append: what remembering adds to a turn');
  const { database } = surroundings;
  const gateway = await surroundings.startGateway();
  const api = new MemoryApi(gateway);
  const rounds = { with: [], without: [] };
  try {
    for (let no = 0; no < WARM_UP; no++) await api.chat(MESSAGE);
    for (let round = 0; round < ROUNDS; round++)
      for (const kind of ['with', 'without']) {
        await database.query(`alter table messages ${kind === 'with' ? 'enable' : 'disable'} trigger message_memory`);
        rounds[kind].push(
          await measureRound(surroundings, gateway, turns, () =>
            api.chat(MESSAGE, kind === 'with' ? {} : { memory: false }),
          ),
        );
      }
  } finally {
    await database.query('alter table messages enable trigger message_memory');
    await gateway.stop();
  }
  const of = (kind, figure) => median(rounds[kind].map((round) => round[figure]));
  const both = (figure) => ({ with: of('with', figure), without: of('without', figure) });
  return { p50: both('p50'), cpuMicros: both('cpuMicros'), databaseMicros: both('databaseMicros') };
}

/** Processor time until everything is indexed that the turns have stored. */
async function measureRound({ database, databasePid }, gateway, turns, turn) {
  const before = { own: cpuSeconds(gateway.pid), database: familyCpuSeconds(databasePid()) };
  const latencies = [];
  for (let no = 0; no < turns; no++) {
    const start = performance.now();
    await turn();
    latencies.push(performance.now() - start);
  }
  while ((await database.query('select 1 from memory_entries where not indexed limit 1')).rows.length > 0)
    await sleep(100);
  return {
    p50: percentile(Float64Array.from(latencies).sort(), 0.5),
    cpuMicros: ((cpuSeconds(gateway.pid) - before.own) / turns) * 1e6,
    databaseMicros: ((familyCpuSeconds(databasePid()) - before.database) / turns) * 1e6,
  };
}
