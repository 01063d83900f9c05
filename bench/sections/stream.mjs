import { cpuSeconds } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { LONG_ANSWER_WORDS, TOKEN } from '../surroundings.mjs';

const LEVELS = [1, 32];

/** How many tokens a second the gateway hands on as server-sent events, from a model that says 1,000 at once. */
export async function measureStreams(surroundings, { streamRounds, streamRound }, say) {
  const gateway = await surroundings.startGateway();
  const bodies = [{ message: 'Tell me everything', model: 'talker/talk' }];
  const order = { url: `${gateway.chat}/stream`, method: 'POST', token: TOKEN, bodies };
  const warm = await surroundings.load.ask({ ...order, connections: 8, ...streamRound });
  const tokens = warm.sample.split('"type":"delta"').length - 1;
  if (tokens === 0 || !warm.sample.includes('"type":"done"'))
    throw new Error(`not a whole stream: ${warm.sample.slice(-300)}`);
  const rows = [];
  for (const connections of LEVELS) {
    say(`streams: ${connections}`);
    const rounds = [];
    for (let round = 0; round < streamRounds; round++) {
      const before = cpuSeconds(gateway.pid);
      const { count, seconds, latencies, cpuShare } = await surroundings.load.ask({
        ...order,
        connections,
        ...streamRound,
      });
      const said = count * LONG_ANSWER_WORDS;
      const cpuMicros = ((cpuSeconds(gateway.pid) - before) / said) * 1e6;
      rounds.push({ perSecond: said / seconds, p50: percentile(latencies, 0.5), cpuMicros, cpuShare });
    }
    rows.push({
      streams: connections,
      tokensPerSecond: median(rounds.map((round) => round.perSecond)),
      p50: median(rounds.map((round) => round.p50)),
      cpuMicrosPerToken: median(rounds.map((round) => round.cpuMicros)),
      loadShare: Math.max(...rounds.map((round) => round.cpuShare)),
    });
  }
  await gateway.stop();
  return { tokensPerAnswer: LONG_ANSWER_WORDS, rows };
}
