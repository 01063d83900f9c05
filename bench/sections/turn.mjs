import { cpuSeconds, familyCpuSeconds, forgetPeak, memory } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { TOKEN } from '../surroundings.mjs';

const LEVELS = [1, 8, 32];
const CONVERSATIONS = 32;
const MESSAGE = 'Hello! Where is my order 4711, and can it still be delivered on Thursday before noon?';

/**
 * Durable turns at 1, 8 and 32 connections: gateway and floor by turns, in rounds short enough that whatever else the machine
 * does hits both. Twice: every turn a new conversation; and turns of 32 conversations whose history is sent along.
 */
export async function measureTurns(surroundings, amounts, say) {
  const gateway = await surroundings.startGateway();
  const floor = await surroundings.startFloor();
  const subjects = { gateway, floor };
  const counts = { acknowledged: 0, answersStored: -(await answersIn(surroundings.database)) };
  const tables = [];
  for (const mode of ['new', 'continued']) {
    const bodies = mode === 'new' ? [{ message: MESSAGE }] : conversations();
    for (const subject of Object.values(subjects)) {
      say(`turns (${mode}): warming up`);
      const { count } = await send(surroundings.load, subject, 32, amounts.warmUp, bodies);
      if (subject === gateway) counts.acknowledged += count;
    }
    const rows = [];
    for (const connections of LEVELS) {
      say(`turns (${mode}): ${connections} connections`);
      const rounds = { gateway: [], floor: [], model: [] };
      forgetPeak(gateway.pid);
      forgetPeak(floor.pid);
      const many = mode === 'new' ? amounts.rounds : amounts.continuedRounds;
      for (let round = 0; round < many; round++) {
        for (const [name, subject] of Object.entries(subjects)) {
          const measured = await measureRound(surroundings, subject, connections, amounts.round, bodies);
          rounds[name].push(measured);
          if (name === 'gateway') counts.acknowledged += measured.count;
        }
        if (connections === 1 && mode === 'new') rounds.model.push(await askModel(surroundings, amounts.round));
      }
      rows.push({ connections, ...summary(rounds, subjects) });
    }
    tables.push({ mode, rows });
  }
  counts.answersStored += await answersIn(surroundings.database);
  await gateway.stop();
  return { tables, ...counts, commitMs: await commitTime(surroundings.database) };
}

async function answersIn(database) {
  const stored = await database.query(`select count(*)::int as answers from messages where role = 'assistant'`);
  return stored.rows[0].answers;
}

/** The gateway under 32 connections and nothing else, with V8's profiler on. */
export async function profileTurns(surroundings, folder, amounts) {
  const gateway = await surroundings.startGateway(['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  for (let round = 0; round < amounts.rounds; round++) {
    await send(surroundings.load, gateway, 32, amounts.round, [{ message: MESSAGE }]);
  }
  await gateway.stop();
}

/** Turns of new conversations, for who needs many. */
export function sendTurns(load, subject, limits) {
  return send(load, subject, 32, limits, [{ message: MESSAGE }]);
}

function send(load, subject, connections, limits, bodies) {
  return load.ask({ url: subject.chat, method: 'POST', token: TOKEN, bodies, connections, ...limits });
}

async function measureRound(surroundings, subject, connections, limits, bodies) {
  const before = { own: cpuSeconds(subject.pid), database: familyCpuSeconds(surroundings.databasePid()) };
  const { count, seconds, latencies, cpuShare } = await send(surroundings.load, subject, connections, limits, bodies);
  return {
    count,
    perSecond: count / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuMicros: ((cpuSeconds(subject.pid) - before.own) / count) * 1e6,
    databaseMicros: ((familyCpuSeconds(surroundings.databasePid()) - before.database) / count) * 1e6,
    loadShare: cpuShare,
  };
}

/** The same call as the gateway makes, straight to the model. */
async function askModel({ load, model }, limits) {
  const messages = [{ role: 'user', content: MESSAGE }];
  const bodies = [{ model: 'model-a', messages, stream: true, stream_options: { include_usage: true } }];
  const url = `${model.url}/v1/chat/completions`;
  const { latencies } = await load.ask({ url, method: 'POST', bodies, connections: 1, ...limits });
  return { p50: percentile(latencies, 0.5) };
}

function summary(rounds, subjects) {
  const of = (name) => ({
    perSecond: median(rounds[name].map((round) => round.perSecond)),
    p50: median(rounds[name].map((round) => round.p50)),
    p99: median(rounds[name].map((round) => round.p99)),
    cpuMicros: median(rounds[name].map((round) => round.cpuMicros)),
    databaseMicros: median(rounds[name].map((round) => round.databaseMicros)),
    peakMb: memory(subjects[name].pid).peak,
  });
  const ratios = rounds.gateway.map((round, at) => round.perSecond / rounds.floor[at].perSecond);
  return {
    gateway: of('gateway'),
    floor: of('floor'),
    ratio: median(ratios),
    modelP50: median(rounds.model.map((round) => round.p50)),
    loadShare: Math.max(...[...rounds.gateway, ...rounds.floor].map((round) => round.loadShare)),
  };
}

function conversations() {
  return Array.from({ length: CONVERSATIONS }, (_, at) => ({ message: MESSAGE, conversationId: `bench-${at}` }));
}

/** What this machine's disk makes of one commit, in ms: a turn of the gateway has two, one of the floor one. */
async function commitTime(database) {
  await database.query('create table if not exists floor.commits (at timestamptz)');
  const times = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    await database.query('insert into floor.commits values (now())');
    times.push(performance.now() - start);
  }
  return median(times);
}
