import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UndiciTransport } from '@openclaw/adapter-undici';
import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { describeStreamedProvider } from '../../../../test/model-server/streamed-provider-contract.js';
import { agentRunnerContract, collectRun, failureOf, runRequest } from '@openclaw/core/testing';
import { AnthropicRunner } from './anthropic-runner.js';

function open(server: ModelServer, apiKey?: string): AnthropicRunner {
  const transport = new UndiciTransport({ baseUrl: server.url, idleTimeoutMs: 5_000 });
  return new AnthropicRunner({ name: 'upstream', ...(apiKey && { apiKey }) }, transport);
}

describe('anthropic as an AgentRunner', () => {
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

describeStreamedProvider('anthropic', {
  runner: (transport, apiKey) => new AnthropicRunner({ name: 'upstream', ...(apiKey && { apiKey }) }, transport),
  baseUrl: (origin) => origin,
  lengthReason: 'max_tokens',
});

describe('AnthropicRunner', () => {
  let server: ModelServer;
  let runner: AnthropicRunner;
  const { signal } = new AbortController();
  beforeAll(async () => {
    server = await startModelServer();
    runner = open(server, 'sk-ant-test');
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await runner.close();
    await server.close();
  });
  const user = (content: string) => ({ role: 'user' as const, content });
  const assistant = (content: string) => ({ role: 'assistant' as const, content });

  it('sends system, history, limits and the key as the protocol has them', async () => {
    const messages = [user('a'), assistant('b'), user('c')];
    await collectRun(
      runner.run(runRequest('', { system: 'Be brief.', messages, maxTokens: 50, temperature: 0 }), signal),
    );
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      headers: { 'x-api-key': 'sk-ant-test', 'anthropic-version': '2023-06-01' },
    });
    expect(server.requests[0]?.body).toEqual({
      model: 'model-a',
      max_tokens: 50,
      messages,
      stream: true,
      system: 'Be brief.',
      temperature: 0,
    });
  });

  it("fills in the limit that the protocol demands, and keeps the temperature on the protocol's scale", async () => {
    await collectRun(runner.run(runRequest('hello', { temperature: 1.7 }), signal));
    expect(server.requests[0]?.body).toEqual({
      model: 'model-a',
      max_tokens: 4096,
      messages: [user('hello')],
      stream: true,
      temperature: 1,
    });
  });

  it.each([
    [[assistant('old answer'), user('b')], [user('b')]],
    [
      [user('a'), user('b'), assistant('c'), assistant('d'), user('e')],
      [user('a\n\nb'), assistant('c\n\nd'), user('e')],
    ],
    [[user('a'), assistant(''), user('b')], [user('a\n\nb')]],
  ])('makes the roles take turns, the user first: %j', async (messages, sent) => {
    await collectRun(runner.run(runRequest('', { messages }), signal));
    expect(server.requests[0]?.body?.messages).toEqual(sent);
  });

  it('counts both halves of the usage, and none without the second', async () => {
    server.next({ usage: { inputTokens: 11, outputTokens: 22 } }, { usage: false });
    expect((await collectRun(runner.run(runRequest('hello'), signal))).last).toMatchObject({
      usage: { inputTokens: 11, outputTokens: 22 },
    });
    expect((await collectRun(runner.run(runRequest('hello'), signal))).last).toEqual({
      type: 'finished',
      model: 'model-a',
      finishReason: 'stop',
    });
  });

  it.each([
    ['overloaded_error', true],
    ['api_error', true],
    ['invalid_request_error', false],
  ])('an error event is a failure; %s: worth another try: %s', async (type, retryable) => {
    server.next({ error: { after: 1, body: { type, message: 'So sorry' } } });
    const failure = await failureOf(runner.run(runRequest('hello'), signal));
    expect(failure).toMatchObject({ message: 'The model provider "upstream" reported an error: So sorry', retryable });
  });
});
