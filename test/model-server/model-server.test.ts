import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { startFixedModelServer } from './fixed-model-server.js';
import { type ModelServer, startModelServer } from './model-server.js';

const messages = [
  { role: 'user' as const, content: 'old' },
  { role: 'assistant' as const, content: 'answer' },
  { role: 'user' as const, content: 'hello you' },
];

/** The vendors' own clients read this server's answers: what our runners are tested against is the real protocol. */
describe('the model server, called by the vendors’ own clients', () => {
  let server: ModelServer;
  let openai: OpenAI;
  let anthropic: Anthropic;
  beforeAll(async () => {
    server = await startModelServer();
    openai = new OpenAI({ baseURL: server.openAiUrl, apiKey: 'k', maxRetries: 0 });
    anthropic = new Anthropic({ baseURL: server.url, apiKey: 'k', maxRetries: 0 });
  });
  beforeEach(() => server.reset());
  afterAll(() => server.close());

  it('completes a chat', async () => {
    const completion = await openai.chat.completions.create({ model: 'm', messages });
    expect(completion).toMatchObject({
      model: 'm',
      choices: [{ message: { role: 'assistant', content: 'echo: hello you' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
    expect(server.requests).toMatchObject([
      { no: 1, path: '/v1/chat/completions', body: { messages }, aborted: false },
    ]);
  });

  it('streams a chat', async () => {
    const stream = openai.chat.completions.stream({ model: 'm', messages, stream_options: { include_usage: true } });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({ message: { content: 'echo: hello you' }, finish_reason: 'stop' });
    expect(completion.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 3 });
  });

  it('creates a message', async () => {
    const message = await anthropic.messages.create({ model: 'm', max_tokens: 10, messages });
    expect(message).toMatchObject({
      role: 'assistant',
      content: [{ type: 'text', text: 'echo: hello you' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 3 },
    });
  });

  it('streams a message', async () => {
    const message = await anthropic.messages.stream({ model: 'm', max_tokens: 10, messages }).finalMessage();
    expect(message).toMatchObject({
      model: 'm',
      content: [{ type: 'text', text: 'echo: hello you' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 3 },
    });
  });

  it('lists models to both', async () => {
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['model-a', 'model-b']);
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(['model-a', 'model-b']);
  });

  it('fails as told', async () => {
    server.next({ status: 429, body: { error: { message: 'Slow down' } }, headers: { 'retry-after': '3' } });
    await expect(openai.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ status: 429 });
    server.next({ error: { after: 1, body: { type: 'overloaded_error', message: 'Overloaded' } } });
    await expect(anthropic.messages.stream({ model: 'm', max_tokens: 10, messages }).finalMessage()).rejects.toThrow(
      'Overloaded',
    );
    await expect(openai.moderations.create({ input: 'x' })).rejects.toMatchObject({ status: 404 });
  });

  it('follows a script, and what was queued before that', async () => {
    server.script(({ body }) => ({ chunks: [`model ${body?.model}`] }));
    server.next({ chunks: ['first'] });
    const say = async (model: string) =>
      (await openai.chat.completions.create({ model, messages })).choices[0]?.message.content;
    expect([await say('a'), await say('b')]).toEqual(['first', 'model b']);
  });

  it('tells which requests overlapped', async () => {
    const gate = server.hold();
    const held = openai.chat.completions.create({ model: 'held', messages });
    await gate.reached;
    await openai.chat.completions.create({ model: 'm', messages });
    await openai.chat.completions.create({ model: 'm', messages });
    gate.open();
    await held;
    await Promise.all(server.requests.map(({ closed }) => closed));
    expect(server.mostAtOnce()).toBe(2);
    expect(server.mostAtOnce(({ body }) => body?.model === 'm')).toBe(1);
  });

  it('has a cheap twin for benches', async () => {
    const fixed = await startFixedModelServer({ answer: 'always the same' });
    const client = new OpenAI({ baseURL: fixed.openAiUrl, apiKey: 'k' });
    expect((await client.chat.completions.create({ model: 'm', messages })).choices[0]?.message.content).toBe(
      'always the same',
    );
    const stream = client.chat.completions.stream({ model: 'm', messages });
    expect(await stream.finalContent()).toBe('always the same');
    await fixed.close();
  });
});
