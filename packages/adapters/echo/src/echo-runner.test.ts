import { describe, expect, it } from '@jest/globals';
import { agentRunnerContract, collectRun, runRequest } from '@openclaw/core/testing';
import { EchoRunner } from './echo-runner.js';

const { signal } = new AbortController();

describe('echo as an AgentRunner', () =>
  agentRunnerContract(it, async () => ({ runner: new EchoRunner(), stop: async () => undefined })));

describe('EchoRunner', () => {
  const runner = new EchoRunner();

  it('says what it is and repeats what it was told', async () => {
    const { text, deltas } = await collectRun(runner.run(runRequest('Hello there!'), signal));
    expect(text).toBe('This is "echo", the offline model built into OpenClaw Gateway. You said: Hello there!');
    expect(deltas.slice(-3)).toEqual(['said: ', 'Hello ', 'there!']);
  });

  it('says the same to the same words', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => collectRun(runner.run(runRequest('同じ words'), signal))),
    );
    expect(first).toEqual(second);
  });

  it('streams a text without spaces too', async () => {
    const { deltas } = await collectRun(runner.run(runRequest('字'.repeat(100)), signal));
    expect(deltas.slice(-5)).toEqual([24, 24, 24, 24, 4].map((count) => '字'.repeat(count)));
  });

  it('counts the tokens of the whole prompt', async () => {
    const { last } = await collectRun(runner.run(runRequest('four', { system: 'be brief' }), signal));
    expect(last).toMatchObject({ usage: { inputTokens: 3 } });
  });

  it("stops between two words when it is aborted, with the signal's reason", async () => {
    const controller = new AbortController();
    const events = runner.run(runRequest('hello'), controller.signal);
    await events.next();
    controller.abort(new Error('enough'));
    await expect(events.next()).rejects.toThrow('enough');
  });
});
