import { cpuSeconds } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { SPEAKER_PAUSE_MS, TICKER_WORDS, TOKEN } from '../surroundings.mjs';

const LEVELS = [1, 32];
const MESSAGE = 'Hello! Where is my order 4711, and can it still be delivered on Thursday before noon?';
/** What a stream of each model is asked for with, and what stands in its first token's chunk, and in none before it. */
const MODELS = {
  ticker: { agent: 'openclaw:ticker', name: 'ticker', firstToken: '"content":"word', pauseMs: 0 },
  speaker: { agent: 'openclaw:speaker', name: 'speaker', firstToken: '"content":"word', pauseMs: SPEAKER_PAUSE_MS },
  model: { agent: 'openclaw', name: 'model-a', firstToken: '"content":"Your', pauseMs: 0 },
};
const PATH = '/v1/chat/completions';

/**
 * OpenAI's dialect against a bare proxy: calls that are answered whole, streams of single tokens, and the time to the first token: of a model
 * that has its answer ready, and of one that speaks at a steady pace. (One that speaks without end would keep a processor busy, and the
 * first token's readers would wait for that.)
 */
export async function measureRelay(surroundings, { warmUp, rounds, round, streamRound }, say) {
  const gateway = await surroundings.startGateway();
  const measure = async (title, of, levels, body, limits, more) => {
    for (const [name, subject] of Object.entries(of)) await call(surroundings, subject, 32, body(name), warmUp, more);
    const rows = [];
    for (const connections of levels) {
      say(`relay: ${title} over ${connections}`);
      const measured = Object.fromEntries(Object.keys(of).map((name) => [name, []]));
      for (let at = 0; at < rounds; at++) {
        for (const [name, subject] of Object.entries(of)) {
          measured[name].push(await call(surroundings, subject, connections, body(name), limits, more));
        }
      }
      rows.push({ connections, ...summary(measured) });
    }
    return rows;
  };
  const messages = [{ role: 'user', content: MESSAGE }];
  // The model of the floor speaks of itself; the gateway's is an agent.
  const whole = await measure(
    'whole answers',
    { gateway, floor: await surroundings.startProxy(surroundings.model) },
    LEVELS,
    (name) => ({ model: name === 'gateway' ? 'openclaw' : 'model-a', messages }),
    round,
  );
  const streamed = async (title, key, levels) => {
    const model = surroundings[key];
    const { agent, name, firstToken } = MODELS[key];
    const of = { gateway, floor: await surroundings.startProxy(model), model };
    const body = (subject) => ({ model: subject === 'gateway' ? agent : name, messages, stream: true });
    return measure(title, of, levels, body, streamRound, { marker: firstToken });
  };
  const streams = await streamed('streams', 'ticker', LEVELS);
  const first = [];
  for (const key of ['model', 'speaker']) {
    const { pauseMs } = MODELS[key];
    const [row] = await streamed(`first tokens, ${pauseMs} ms each`, key, [1]);
    first.push({ pauseMs, ...row });
  }
  await gateway.stop();
  return { tokensPerAnswer: TICKER_WORDS, whole, streams, first };
}

async function call({ load }, subject, connections, body, limits, more) {
  const before = cpuSeconds(subject.pid);
  const order = { url: `${subject.url}${PATH}`, method: 'POST', token: TOKEN, bodies: [body], connections };
  const { count, seconds, latencies, firsts } = await load.ask({ ...order, ...limits, ...more });
  return {
    perSecond: count / seconds,
    p50: percentile(latencies, 0.5),
    firstP50: percentile(firsts, 0.5),
    cpuMicros: ((cpuSeconds(subject.pid) - before) / count) * 1e6,
  };
}

function summary(measured) {
  const figures = Object.fromEntries(
    Object.entries(measured).map(([name, all]) => [
      name,
      Object.fromEntries(Object.keys(all[0]).map((figure) => [figure, median(all.map((one) => one[figure]))])),
    ]),
  );
  const ratio = median(measured.gateway.map((one, at) => one.perSecond / measured.floor[at].perSecond));
  const cpuRatio = median(measured.gateway.map((one, at) => one.cpuMicros / measured.floor[at].cpuMicros));
  return { ...figures, ratio, cpuRatio };
}
