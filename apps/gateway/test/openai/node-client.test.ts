import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import pg from 'pg';
import { freshDatabase, type GatewayProcess, type ModelServer, startModel } from '../harness/index.js';
import { startOpenAiGateway, TOKENS } from './openai-gateway.js';

let model: ModelServer;
let gateway: GatewayProcess;
let client: OpenAI;

beforeAll(async () => {
  model = await startModel();
  gateway = await startOpenAiGateway(model);
});
beforeEach(() => {
  model.reset();
  client = clientWith(TOKENS.app);
});
afterEach(() => model.reset());

function clientWith(apiKey: string, defaultHeaders: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0, defaultHeaders });
}

const messages = [{ role: 'user' as const, content: 'hello there' }];
const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const asked = () => model.requests.map(({ body }) => body);

describe('chat.completions of the official Node client', () => {
  it('answers', async () => {
    const answer = await client.chat.completions.create({ model: 'openclaw', messages });
    expect(answer.choices[0]?.message.content).toBe('echo: hello there');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage).toEqual({ prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 });
    expect(answer._request_id).toMatch(/^req_/);
    expect(asked()[0]?.messages).toEqual([{ role: 'system', content: 'You are main.' }, ...messages]);
  });

  it('reaches another agent by model and by header', async () => {
    await client.chat.completions.create({ model: 'openclaw:beta', messages });
    await clientWith(TOKENS.app, { 'x-openclaw-agent-id': 'beta' }).chat.completions.create({ model: 'any', messages });
    expect(asked()).toEqual([1, 2].map(() => expect.objectContaining({ model: 'model-b', messages })));
  });

  it('streams', async () => {
    const stream = await client.chat.completions.create({
      model: 'openclaw',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('echo: hello there');
    expect(usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 3 });
  });

  it('streams what its helper puts together, tool calls too', async () => {
    model.next({
      toolCalls: [{ id: 'call_abc', name: 'weather', arguments: ['{"city":', '"Seoul"}'] }],
      separately: true,
    });
    const whole = await client.chat.completions
      .stream({ model: 'openclaw', messages, tools: [weather] })
      .finalChatCompletion();
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'call_abc', function: { name: 'weather', arguments: '{"city":"Seoul"}' } }] },
    });
  });

  it('runs its tools, back and forth', async () => {
    model.next({ toolCalls: [{ id: 'call_abc', name: 'weather', arguments: '{"city":"Seoul"}' }] });
    model.next({ chunks: ['It is 21 degrees.'] });
    const runner = client.chat.completions.runTools({
      model: 'openclaw',
      messages,
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather of a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => `21 degrees in ${city}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It is 21 degrees.');
    expect(asked()[1]?.messages).toEqual([
      { role: 'system', content: 'You are main.' },
      ...messages,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_abc', type: 'function', function: { name: 'weather', arguments: '{"city":"Seoul"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_abc', content: '21 degrees in Seoul' },
    ]);
  });

  it('sends pictures, formats and limits on', async () => {
    const picture = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } };
    await client.chat.completions.create({
      model: 'openclaw:beta',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'what is it?' }, picture] }],
      response_format: { type: 'json_object' },
      max_completion_tokens: 9,
      top_p: 0.5,
      stop: ['x'],
      seed: 1,
    });
    expect(asked()[0]).toMatchObject({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'what is it?' }, picture] }],
      response_format: { type: 'json_object' },
      max_tokens: 9,
      top_p: 0.5,
      stop: ['x'],
      seed: 1,
    });
  });

  it('goes on with a session by user, within the tenant', async () => {
    const ask = (content: string, who = client) =>
      who.chat.completions.create({ model: 'openclaw:beta', messages: [{ role: 'user', content }], user: 'ann' });
    await ask('one');
    await ask('two');
    await ask('three', clientWith(TOKENS.other));
    expect(asked().map((body) => body?.messages?.map(({ content }) => content))).toEqual([
      ['one'],
      ['one', 'echo: one', 'two'],
      ['three'],
    ]);
  });
});

describe('errors of the official Node client', () => {
  const ask = (who: OpenAI, more = {}) => who.chat.completions.create({ model: 'openclaw', messages, ...more });

  it.each<[string, () => Promise<unknown>, new (...args: never[]) => Error, object]>([
    [
      'a wrong token',
      () => ask(clientWith('wrong')),
      OpenAI.AuthenticationError,
      { status: 401, code: 'invalid_api_key' },
    ],
    ['a missing scope', () => ask(clientWith(TOKENS.reader)), OpenAI.PermissionDeniedError, { status: 403 }],
    [
      'an unknown agent',
      () => ask(client, { model: 'gpt-4o' }),
      OpenAI.NotFoundError,
      { status: 404, code: 'model_not_found', param: 'model' },
    ],
    [
      'n of 2',
      () => ask(client, { n: 2 }),
      OpenAI.BadRequestError,
      { status: 400, param: 'n', type: 'invalid_request_error' },
    ],
  ])('%s', async (_what, attempt, ErrorClass, members) => {
    const error = await attempt().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ErrorClass);
    expect(error).toMatchObject(members);
    expect(model.requests).toHaveLength(0);
  });

  it.each([
    [500, OpenAI.InternalServerError, 502],
    [400, OpenAI.BadRequestError, 400],
  ])('a provider that answers %i', async (status, ErrorClass, told) => {
    for (const stream of [false, true]) {
      model.next({ status, body: { error: { message: 'because' } } });
      const error = await ask(client, { stream }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({ status: told, message: expect.stringContaining('because') });
    }
  });

  it('a provider that refuses what is in the request tells the caller what, by whatever way', async () => {
    const error = {
      message: 'This model’s maximum context length is 8192 tokens; your key sk-test asked for more.',
      ...{ type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' },
    };
    const told = {
      ...{ status: 400, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' },
      message: '400 This model’s maximum context length is 8192 tokens; your key *** asked for more.',
    };
    const attempts = [
      () => ask(client),
      () => ask(client, { stream: true }),
      () => ask(client, { user: 'u-refused' }),
      () => client.responses.create({ model: 'openclaw', input: 'hello' }),
      () => client.embeddings.create({ model: 'embed-a', input: 'hello' }),
    ];
    for (const attempt of attempts) {
      model.next({ status: 400, body: { error } });
      const thrown: unknown = await attempt().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(thrown).toBeInstanceOf(OpenAI.BadRequestError);
      expect(thrown).toMatchObject(told);
    }
  });

  it('and the other dialects that the provider failed', async () => {
    model.next({ status: 400, body: { error: { message: 'too long' } } });
    const answer = await gateway.fetch('/api/v1/chat', { json: { message: 'hello' } });
    expect([answer.status, await answer.json()]).toEqual([
      502,
      expect.objectContaining({ error: 'upstream_error', message: expect.stringContaining('answered 400: too long') }),
    ]);
  });

  it('a stream that breaks off', async () => {
    model.next({ cut: { after: 2, how: 'destroy' }, separately: true });
    const stream = await client.chat.completions.create({ model: 'openclaw', messages, stream: true });
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(text).toMatch(/^echo: /);
  });
});

describe('models of the official Node client', () => {
  it('are the agents', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(['openclaw', 'openclaw:main', 'openclaw:beta']);
    expect(await client.models.retrieve('openclaw:beta')).toMatchObject({ id: 'openclaw:beta', object: 'model' });
    await expect(client.models.retrieve('gpt-4o')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('responses of the official Node client', () => {
  it('answer', async () => {
    const response = await client.responses.create({
      model: 'openclaw',
      instructions: 'Be brief.',
      input: 'hello there',
    });
    expect(response.output_text).toBe('echo: hello there');
    expect(response.status).toBe('completed');
    expect(response.usage?.total_tokens).toBe(6);
    expect(asked()[0]?.messages).toEqual([
      { role: 'system', content: 'You are main.' },
      { role: 'system', content: 'Be brief.' },
      ...messages,
    ]);
  });

  it('stream what its helper puts together', async () => {
    const stream = client.responses.stream({ model: 'openclaw', input: 'hello there' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => (text += delta));
    const response = await stream.finalResponse();
    expect([text, response.output_text]).toEqual(['echo: hello there', 'echo: hello there']);
  });

  it('call functions, back and forth', async () => {
    const tools = [{ type: 'function' as const, name: 'weather', parameters: {}, strict: false }];
    model.next({ toolCalls: [{ id: 'call_abc', name: 'weather', arguments: ['{"city":', '"Seoul"}'] }] });
    const stream = client.responses.stream({ model: 'openclaw:beta', input: 'hello there', tools });
    const [call] = (await stream.finalResponse()).output;
    expect(call).toMatchObject({
      type: 'function_call',
      call_id: 'call_abc',
      name: 'weather',
      arguments: '{"city":"Seoul"}',
    });
    if (call?.type !== 'function_call') throw new Error('no call');
    const { call_id, name, arguments: args } = call;
    const second = await client.responses.create({
      model: 'openclaw:beta',
      input: [
        { role: 'user', content: 'hello there' },
        { type: 'function_call', call_id, name, arguments: args },
        { type: 'function_call_output', call_id, output: '21 degrees' },
      ],
      tools,
    });
    expect(second.output_text).toMatch(/^echo: /);
    expect(asked()[1]?.messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });

  it('that break off throw', async () => {
    model.next({ cut: { after: 2, how: 'destroy' }, separately: true });
    const stream = await client.responses.create({ model: 'openclaw', input: 'hello there', stream: true });
    const reading = (async () => {
      const all = stream[Symbol.asyncIterator]();
      while (!(await all.next()).done);
    })();
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

describe('embeddings of the official Node client', () => {
  it('come in order, as floats and as base64', async () => {
    const input = ['one', 'three'];
    // The client itself asks for base64 where nothing is asked for, and decodes it.
    const decoded = await client.embeddings.create({ model: 'openclaw', input });
    const plain = await client.embeddings.create({ model: 'embed-a', input, encoding_format: 'float', dimensions: 3 });
    for (const { data, model: name, usage } of [decoded, plain]) {
      expect(data.map(({ embedding }) => [...embedding])).toEqual([
        [0, 3, 0.5],
        [1, 5, 0.5],
      ]);
      expect([name, usage.prompt_tokens]).toEqual(['embed-a', 2]);
    }
    expect(asked()[1]).toEqual({ model: 'embed-a', input, encoding_format: 'float', dimensions: 3 });
  });

  it('of a model that is not there, or of nothing, are refused', async () => {
    await expect(client.embeddings.create({ model: 'other', input: 'x' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    for (const input of ['', [], [''], ['x', 1] as never])
      await expect(client.embeddings.create({ model: 'openclaw', input })).rejects.toBeInstanceOf(
        OpenAI.BadRequestError,
      );
  });

  it('that the provider fails to make are an error of its own', async () => {
    model.next({ status: 500, body: 'oops' });
    await expect(client.embeddings.create({ model: 'openclaw', input: 'x' })).rejects.toMatchObject({ status: 502 });
  });
});

describe('the gateway itself', () => {
  it('turns the dialect on and off while it runs', async () => {
    const set = (enabled: boolean) =>
      gateway.fetch('/api/v1/config', {
        method: 'PUT',
        json: { gateway: { http: { endpoints: { chatCompletions: { enabled } } } } },
      });
    expect((await set(false)).status).toBe(200);
    await expect(client.models.list()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect((await set(true)).status).toBe(200);
    expect((await client.models.list()).data).toHaveLength(3);
  });
});

it('keeps of a stateless call nothing but what it used, stored at the latest when it stops', async () => {
  const database = await freshDatabase();
  const own = await startOpenAiGateway(model, database);
  const who = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: TOKENS.app, maxRetries: 0 });
  for (const stream of [false, false]) await who.chat.completions.create({ model: 'openclaw:beta', messages, stream });
  const conversations = await own.fetch('/api/v1/conversations', { token: TOKENS.app });
  expect(await conversations.json()).toMatchObject({ total: 0 });
  expect(await own.stop()).toBe(0);
  const rowsOf = new pg.Client(database);
  await rowsOf.connect();
  const { rows } = await rowsOf.query(
    'select tenant, token, agent_id, model, calls, input_tokens, output_tokens from usage_by_hour',
  );
  await rowsOf.end();
  expect(rows).toEqual([
    {
      tenant: 'default',
      token: 'app',
      agent_id: 'beta',
      model: 'model-b',
      calls: '2',
      input_tokens: '2',
      output_tokens: '6',
    },
  ]);
});
