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

  it('repeats of a very long message the beginning, cut inside no character', async () => {
    const { text } = await collectRun(runner.run(runRequest(`a${'😀'.repeat(60_000)}`), signal));
    expect(text).toMatch(/You said: a(😀){49999}… \(the beginning of 120001 characters\)$/u);
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

describe('EchoRunner with what whole prompts bring', () => {
  const runner = new EchoRunner();
  const tools = [{ name: 'weather' }, { name: 'time' }];

  it.each([
    ['required' as const, 'weather'],
    [{ name: 'time' }, 'time'],
  ])('calls a function when it has to: %j', async (toolChoice, name) => {
    const events = [];
    for await (const event of runner.run(runRequest('hello', { tools, toolChoice }), signal)) events.push(event);
    expect(events).toMatchObject([
      { type: 'tool-call', index: 0, name, arguments: '{}' },
      { type: 'finished', finishReason: 'tool_calls' },
    ]);
  });

  it('repeats what it is told of a picture and of a function', async () => {
    const picture = { type: 'image' as const, url: 'https://example.com/a.png' };
    const content = [{ type: 'text' as const, text: 'what is this?' }, picture];
    const shown = await collectRun(runner.run(runRequest('', { messages: [{ role: 'user', content }] }), signal));
    expect(shown.text).toMatch(/You said: what is this\? \[a picture\]$/);
    const result = { role: 'tool' as const, toolCallId: 'call_echo', content: '21 degrees' };
    expect((await collectRun(runner.run(runRequest('', { messages: [result] }), signal))).text).toMatch(/21 degrees$/);
  });

  it('answers in JSON when it is asked to', async () => {
    const { text } = await collectRun(
      runner.run(runRequest('hi', { responseFormat: { type: 'json_object' } }), signal),
    );
    expect(JSON.parse(text)).toEqual({ model: 'echo', you_said: 'hi' });
  });
});
