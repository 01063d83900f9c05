import { memory } from '../proc.mjs';
import { medianSlope } from '../statistics.mjs';
import { sendTurns } from './turn.mjs';

const STEP = 1_000;
const LEVEL_AFTER = 20_000;

/** Resident memory of a fresh gateway, every 1,000 turns: how much it is after 20,000, and whether it grows from there. */
export async function measureMemory(surroundings, { memoryTurns, memoryMaxMs }, say) {
  const gateway = await surroundings.startGateway();
  const samples = [{ turns: 0, residentMb: memory(gateway.pid).resident }];
  const deadline = performance.now() + memoryMaxMs;
  let turns = 0;
  while (turns < memoryTurns && performance.now() < deadline) {
    say(`memory: ${turns} of ${memoryTurns} turns`);
    const { count } = await sendTurns(surroundings.load, gateway, { requests: STEP, maxMs: memoryMaxMs });
    turns += count;
    samples.push({ turns, residentMb: memory(gateway.pid).resident });
  }
  const { peak } = memory(gateway.pid);
  await gateway.stop();
  const settled = samples.filter((sample) => sample.turns >= Math.min(LEVEL_AFTER, turns / 2));
  const [level] = settled;
  return {
    turns,
    samples,
    peakMb: peak,
    levelTurns: level.turns,
    residentMb: level.residentMb,
    trendKb: medianSlope(settled.map((sample) => [sample.turns / 1000, sample.residentMb * 1000])),
  };
}
