import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is what is waited for; throws what was last seen after `patienceMs`, a guard and no measure. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  patienceMs = 40_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Still not after ${patienceMs} ms: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}
