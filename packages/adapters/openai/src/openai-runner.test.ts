import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UndiciTransport } from '@openclaw/adapter-undici';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { describeStreamedProvider } from '../../../../test/model-server/streamed-provider-contract.js';
import { agentRunnerContract, collectRun, failureOf, runRequest } from '@openclaw/core/testing';
import { OpenAiRunner, type OpenAiSettings } from './openai-runner.js';

function open(server: ModelServer, settings: Partial<OpenAiSettings> = {}): OpenAiRunner {
  const transport = new UndiciTransport({ baseUrl: server.openAiUrl, idleTimeoutMs: 5_000 });
  return new OpenAiRunner({ name: 'upstream', baseUrl: server.openAiUrl, ...settings }, transport);
}

describe('openai as an AgentRunner', () => {
  agentRunnerContract(it, async () => {
    const server = await startModelServer();
    const runner = open(server);
    return {
      runner,
      async stop() {
        await runner.close();
        await server.close();
      },
    };
  });
});

describeStreamedProvider('openai', {
  runner: (transport, apiKey) =>
    new OpenAiRunner({ name: 'upstream', baseUrl: 'http://127.0.0.1/v1', ...(apiKey && { apiKey }) }, transport),
  baseUrl: (origin) => `${origin}/v1/`,
  lengthReason: 'length',
});

describe('OpenAiRunner', () => {
  let server: ModelServer;
  let runner: OpenAiRunner;
  const { signal } = new AbortController();
  beforeAll(async () => {
    server = await startModelServer();
  });
  beforeEach(() => {
    server.reset();
    runner = open(server);
  });
  afterAll(() => server.close());
  const answer = (more = {}) => collectRun(runner.run(runRequest('hello', more), signal)).finally(() => runner.close());

  it.each([true, false])(
    'tells what was said before garbage that came with it, so that nobody tries anew (whole: %s)',
    async (whole) => {
      server.next({ raw: ['data: {"choices":[{"delta":{"content":"half "}}]}\n\ndata: {not json\n\n'] });
      const heard: string[] = [];
      const run = async () => {
        for await (const event of runner.run(runRequest('hello', { whole }), signal)) heard.push(event.type);
      };
      await expect(run().finally(() => runner.close())).rejects.toThrow();
      expect(heard).toEqual(['delta']);
    },
  );

  it('sends system, history, limits and the key as the protocol has them', async () => {
    runner = open(server, { apiKey: ' sk-test\n' });
    const messages = [
      { role: 'user' as const, content: 'a' },
      { role: 'assistant' as const, content: 'b' },
      { role: 'user' as const, content: 'c' },
    ];
    await answer({ system: 'Be brief.', messages, maxTokens: 50, temperature: 0 });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-test');
    expect(server.requests[0]?.body).toEqual({
      model: 'model-a',
      messages: [{ role: 'system', content: 'Be brief.' }, ...messages],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 50,
      temperature: 0,
    });
  });

  it('sends neither a key nor limits that nobody set', async () => {
    await answer();
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(Object.keys(server.requests[0]?.body ?? {})).toEqual(['model', 'messages', 'stream', 'stream_options']);
  });

  it("uses the new name of the token limit with OpenAI's own API only", async () => {
    runner = open(server, { baseUrl: 'https://api.openai.com/v1' });
    await answer({ maxTokens: 50 });
    expect(server.requests[0]?.body).toMatchObject({ max_completion_tokens: 50 });
    expect(server.requests[0]?.body).not.toHaveProperty('max_tokens');
  });

  it('stops asking for usage where that is refused, and says nothing of usage then', async () => {
    server.script(({ body }) =>
      body?.stream_options
        ? { status: 400, body: { error: { message: 'Unrecognized request argument: stream_options' } } }
        : undefined,
    );
    const [first, second] = await Promise.all([1, 2].map(() => collectRun(runner.run(runRequest('hello'), signal))));
    expect(first).toMatchObject({
      text: 'echo: hello',
      last: { type: 'finished', model: 'model-a', finishReason: 'stop' },
    });
    expect(first?.last).not.toHaveProperty('usage');
    expect(second?.text).toBe('echo: hello');
    expect(server.requests).toHaveLength(4);
    await answer();
    expect(server.requests).toHaveLength(5);
    expect(server.requests[4]?.body).not.toHaveProperty('stream_options');
  });

  it('does not blame the usage option for other refusals', async () => {
    server.next({ status: 400, body: { error: { message: 'context too long' } } });
    expect((await failureOf(runner.run(runRequest('hello'), signal))).status).toBe(400);
    expect(server.requests).toHaveLength(1);
    await answer();
    expect(server.requests[1]?.body).toHaveProperty('stream_options');
  });

  it('takes an answer for whole once it has a finish reason, however the connection ends', async () => {
    const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
    server.next({ raw: [chunk({ delta: { content: 'all' } }), chunk({ delta: {}, finish_reason: 'stop' })] });
    expect(await answer()).toEqual({
      text: 'all',
      deltas: ['all'],
      last: { type: 'finished', model: 'model-a', finishReason: 'stop' },
    });
  });

  it('does not wait for a connection that stays open after [DONE], and gives it up', async () => {
    server.next({ raw: ['data: {"choices":[{"delta":{"content":"all"}}]}\n\ndata: [DONE]\n\n'], stall: 0 });
    expect((await collectRun(runner.run(runRequest('hello'), signal))).text).toBe('all');
    const [request] = server.requests;
    await request?.closed;
    expect(request?.aborted).toBe(true);
    await runner.close();
  });

  it.each([
    ['alone', ''],
    ['after figures', 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'],
  ])('an end mark %s is no answer, and worth another try', async (_how, before) => {
    server.next({ raw: [`${before}data: [DONE]\n\n`] });
    expect(await failureOf(runner.run(runRequest('hello'), signal))).toMatchObject({ retryable: true });
    await runner.close();
  });

  it('passes a refusal on as the answer it is', async () => {
    const frames = [{ delta: { refusal: "I can't." } }, { delta: {}, finish_reason: 'stop' }];
    server.next({ raw: frames.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`) });
    expect((await answer()).text).toBe("I can't.");
  });

  it.each([
    [{ message: 'The server had an error', type: 'server_error' }, true],
    [{ message: 'Bad parameter', type: 'invalid_request_error' }, false],
  ])('an error in the middle of the stream is a failure: %j', async (body, retryable) => {
    server.next({ error: { after: 1, body } });
    const failure = await failureOf(runner.run(runRequest('hello'), signal));
    expect(failure).toMatchObject({
      message: `The model provider "upstream" reported an error: ${body.message}`,
      retryable,
    });
    await runner.close();
  });
});
