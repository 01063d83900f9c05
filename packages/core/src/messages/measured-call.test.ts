import { describe, expect, it } from '@jest/globals';
import type { ModelCallFacts } from '../metrics/metrics.js';
import { InMemoryLogger } from '../shared/logger.js';
import { ProviderError, type RunEvent, type RunRequest } from './agent-runner.js';
import { ResilientRunner } from './resilient-runner.js';

const request: RunRequest = {
  choice: { provider: 'p', model: 'm' },
  system: undefined,
  messages: [{ role: 'user', content: 'hi' }],
};
const usage = { inputTokens: 7, outputTokens: 3 };

/** Runs until the run ends, or until so many events were heard. */
async function measured(attempts: (() => AsyncIterable<RunEvent>)[], most = Infinity): Promise<ModelCallFacts[]> {
  const calls: ModelCallFacts[] = [];
  const left = [...attempts];
  const runner = {
    run: () => left.shift()?.() ?? (async function* () {})(),
    check: async () => undefined,
  };
  const resilient = new ResilientRunner(
    () => ({ provider: () => ({ runner, maxRetries: 1 }), fallbacksFor: () => [] }),
    new InMemoryLogger(),
    async () => undefined,
    { modelCall: (facts) => calls.push(facts) },
  );
  let heard = 0;
  try {
    for await (const event of resilient.run(request, new AbortController().signal)) {
      if (event && ++heard >= most) break;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return calls;
}

const answer = async function* (): AsyncGenerator<RunEvent> {
  yield { type: 'delta', text: 'hello' };
  yield { type: 'finished', model: 'm-2026', usage };
};
const refusal = (): AsyncIterable<RunEvent> => ({
  [Symbol.asyncIterator]: () => ({
    next: () => Promise.reject(new ProviderError('overloaded', { retryable: true })),
  }),
});

describe('a model call under the stop-watch', () => {
  it('tells the configured model, both times and the tokens', async () => {
    const [call, ...others] = await measured([answer]);
    expect(call).toMatchObject({ provider: 'p', model: 'm', outcome: 'answered', usage });
    expect(call?.firstTokenSeconds).toBeLessThanOrEqual(call?.seconds ?? -1);
    expect(others).toEqual([]);
  });

  it('tells each attempt by itself', async () => {
    const calls = await measured([refusal, answer]);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['failed', 'answered']);
    expect(calls[0]?.firstTokenSeconds).toBeUndefined();
  });

  it('tells that nobody listened any more', async () => {
    expect((await measured([answer], 1)).map(({ outcome }) => outcome)).toEqual(['abandoned']);
  });

  it('tells a run that broke off as failed', async () => {
    const brokenOff = async function* (): AsyncGenerator<RunEvent> {
      yield { type: 'delta', text: 'hel' };
    };
    expect((await measured([brokenOff])).map(({ outcome }) => outcome)).toEqual(['failed']);
  });
});
