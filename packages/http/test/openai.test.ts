import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunRequest, UpstreamFailed } from '@openclaw/core';
import { SETTINGS, TOKENS, type Script, type TestGateway, call, gate, parrot, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  gateway.script.run = parrot;
  gateway.settings.value = SETTINGS;
});
afterAll(() => gateway.close());

const USER = { role: 'user', content: 'hello' };
const CHAT = { model: 'openclaw', messages: [USER] };
const PATH = '/v1/chat/completions';

/** A model that keeps what it was asked. */
function recording(): { script: Script; requests: RunRequest[] } {
  const requests: RunRequest[] = [];
  const script: Script = async function* (request, signal) {
    requests.push(request);
    yield* parrot(request, signal);
  };
  return { script, requests };
}

function events(text: string): string[] {
  return text.split('\n\n').filter((event) => event !== '');
}

function chunks(text: string): ReturnType<typeof JSON.parse>[] {
  const all = events(text);
  expect(all.at(-1)).toBe('data: [DONE]');
  return all.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
}

/** Fails before its first event. */
function failing(error: Error): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

function refusal(): UpstreamFailed {
  return new UpstreamFailed('The model provider "x" answered 400: too long', {
    refusal: { message: 'too long', param: 'messages', code: 'context_length_exceeded' },
  });
}

describe('while it is off', () => {
  it.each([
    ['POST', PATH],
    ['GET', '/v1/models'],
    ['PATCH', PATH],
    ['POST', '/v1/responses'],
  ])('%s %s is not there, in the shape of OpenAI', async (method, path) => {
    gateway.settings.value = { ...SETTINGS, openAiEnabled: false };
    const answer = await call(gateway, method, path, method === 'POST' ? CHAT : undefined, { Authorization: '' });
    expect(answer.status).toBe(404);
    expect(answer.json.error).toMatchObject({ type: 'invalid_request_error', param: null, code: null });
    expect(answer.json.error.message).toContain('gateway.http.endpoints.chatCompletions.enabled');
    expect(answer.headers.has('x-ratelimit-limit')).toBe(false);
    const known = await call(gateway, method, path, method === 'POST' ? CHAT : undefined);
    expect([known.status, known.headers.has('x-ratelimit-limit')]).toEqual([404, true]);
  });
});

describe('errors', () => {
  it.each<[string, string, string | object | undefined, Record<string, string>, number, object]>([
    ['POST', PATH, CHAT, { Authorization: 'Bearer x' }, 401, { type: 'authentication_error', code: 'invalid_api_key' }],
    [
      'POST',
      PATH,
      CHAT,
      { Authorization: `Bearer ${TOKENS.read}` },
      403,
      { type: 'permission_error', code: 'insufficient_permissions' },
    ],
    ['GET', '/v1/models', undefined, { Authorization: `Bearer ${TOKENS.send}` }, 403, { type: 'permission_error' }],
    ['POST', PATH, '{"model', {}, 400, { type: 'invalid_request_error', code: null }],
    [
      'POST',
      PATH,
      `{"a":"${'x'.repeat(1024 * 1024)}"}`,
      {},
      413,
      { type: 'invalid_request_error', code: 'request_too_large' },
    ],
    ['POST', PATH, 'x', { 'Content-Type': 'text/plain' }, 415, { type: 'invalid_request_error' }],
    ['GET', PATH, undefined, {}, 405, { type: 'invalid_request_error', code: 'method_not_supported' }],
    ['GET', '/v1/nothing', undefined, {}, 404, { type: 'invalid_request_error', code: null }],
    [
      'POST',
      PATH,
      { ...CHAT, model: 'gpt-4o' },
      {},
      404,
      { type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    ['POST', PATH, { ...CHAT, model: 'openclaw:nobody' }, {}, 404, { code: 'model_not_found' }],
    ['POST', PATH, CHAT, { 'x-openclaw-agent-id': 'nobody' }, 404, { param: null, code: 'model_not_found' }],
    ['GET', '/v1/models/gpt-4o', undefined, {}, 404, { code: 'model_not_found' }],
  ])('%s %s with %#', async (method, path, body, headers, status, error) => {
    const answer = await call(gateway, method, path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      error: {
        message: expect.any(String),
        type: expect.any(String),
        param: answer.json.error.param,
        code: answer.json.error.code,
      },
    });
    expect(answer.json.error).toMatchObject(error);
  });

  it.each<[object, string]>([
    [{ ...CHAT, model: 7 }, 'model'],
    [{ model: 'openclaw' }, 'messages'],
    [{ ...CHAT, messages: [] }, 'messages'],
    [{ ...CHAT, messages: ['hello'] }, 'messages[0]'],
    [{ ...CHAT, messages: [USER, { role: 'narrator', content: 'x' }] }, 'messages[1].role'],
    [{ ...CHAT, messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ ...CHAT, messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }, 'messages[0].content[0].type'],
    [
      {
        ...CHAT,
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }],
      },
      'messages[0].content[0].image_url.url',
    ],
    [
      { ...CHAT, messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://a/b' } }] }] },
      'messages[0].content[0]',
    ],
    [{ ...CHAT, messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
    [{ ...CHAT, messages: [{ role: 'assistant', content: null }] }, 'messages[0].content'],
    [
      { ...CHAT, messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f' } }] }] },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ ...CHAT, n: 2 }, 'n'],
    [{ ...CHAT, temperature: 3 }, 'temperature'],
    [{ ...CHAT, stream: 'yes' }, 'stream'],
    [{ ...CHAT, stop: [1] }, 'stop'],
    [{ ...CHAT, stream: true, stream_options: { include_usage: 1 } }, 'stream_options.include_usage'],
    [{ ...CHAT, tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ ...CHAT, tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [{ ...CHAT, tool_choice: 'required' }, 'tool_choice'],
    [{ ...CHAT, functions: [{}] }, 'functions[0].name'],
    [{ ...CHAT, functions: [{ name: 'f', parameters: 'x' }] }, 'functions[0].parameters'],
    [{ ...CHAT, functions: [{ name: 'f' }], tools: [{ type: 'function', function: { name: 'f' } }] }, 'functions'],
    [{ ...CHAT, function_call: 'auto' }, 'function_call'],
    [{ ...CHAT, functions: [{ name: 'f' }], function_call: 'required' }, 'function_call'],
    [{ ...CHAT, functions: [{ name: 'f' }], function_call: { name: 'g' } }, 'function_call.name'],
    [
      { ...CHAT, messages: [{ role: 'assistant', function_call: { name: 'f' } }] },
      'messages[0].function_call.arguments',
    ],
    [{ ...CHAT, messages: [USER, { role: 'function', name: 'f', content: '' }] }, 'messages[1].name'],
    [{ ...CHAT, tool_choice: { type: 'function', function: { name: 'f' } } }, 'tool_choice.function.name'],
    [{ ...CHAT, response_format: { type: 'xml' } }, 'response_format.type'],
    [{ ...CHAT, response_format: { type: 'json_schema', json_schema: {} } }, 'response_format.json_schema.name'],
  ])('a request like %j is refused, and %s named', async (body, param) => {
    const answer = await call(gateway, 'POST', PATH, body);
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatchObject({ type: 'invalid_request_error', param });
    expect(answer.json.error.message).toContain(param);
  });

  it('without a model the agent main answers', async () => {
    const answer = await call(gateway, 'POST', PATH, { messages: [USER] });
    expect([answer.status, answer.json.model]).toEqual([200, 'openclaw:main']);
  });

  it.each([
    ['a provider that does not answer', new UpstreamFailed('nobody there'), 502, 'api_error', 'upstream_error'],
    ['a provider that refuses the prompt', refusal(), 400, 'invalid_request_error', 'context_length_exceeded'],
    ['a fault of ours', new Error('secret'), 500, 'server_error', 'internal_error'],
  ])('%s: told as such, streamed or not', async (_what, error, status, type, code) => {
    gateway.script.run = () => failing(error);
    for (const stream of [false, true]) {
      const answer = await call(gateway, 'POST', PATH, { ...CHAT, stream });
      expect(answer.status).toBe(status);
      expect(answer.json.error).toMatchObject({ type, code });
      expect(answer.text).not.toContain('secret');
    }
  });

  it('in the middle of a stream is told in it', async () => {
    gateway.script.run = async function* () {
      yield { type: 'delta', text: 'half' };
      throw new UpstreamFailed('it broke');
    };
    const { status, text } = await call(gateway, 'POST', PATH, { ...CHAT, stream: true });
    expect(status).toBe(200);
    const all = chunks(text);
    expect(all.at(-1)).toEqual({
      error: { message: 'it broke', type: 'api_error', param: null, code: 'upstream_error' },
    });
  });
});

describe('a completion', () => {
  it('is what OpenAI makes of it', async () => {
    const { status, json, headers } = await call(gateway, 'POST', PATH, { ...CHAT, unknown_member: 1 });
    expect(status).toBe(200);
    expect(headers.get('x-openclaw-ignored')).toBeNull();
    expect(json).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-z]{26}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'openclaw',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'you said: hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });

  it.each([
    ['openclaw:main', {}],
    ['agent:main', {}],
    ['gpt-4o', { 'x-openclaw-agent-id': 'main' }],
  ])('of model %s with %j goes to the agent', async (model, headers: Record<string, string>) => {
    const { json } = await call(gateway, 'POST', PATH, { ...CHAT, model }, headers);
    expect(json.model).toBe(model);
  });

  it('reaches the model message by message, roles kept, with every option', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'high' } };
    await call(gateway, 'POST', PATH, {
      model: 'openclaw',
      messages: [
        { role: 'system', content: 'one' },
        { role: 'developer', content: [{ type: 'text', text: 'two' }] },
        { role: 'user', content: [{ type: 'text', text: 'look' }, image], name: 'ann' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{ }' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
        { role: 'assistant', content: null, refusal: 'no' },
        { role: 'user', content: 'go' },
      ],
      max_tokens: 5,
      max_completion_tokens: 6,
      temperature: 0,
      top_p: 1,
      stop: 'END',
      seed: -3,
      presence_penalty: -2,
      frequency_penalty: 2,
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: null } },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: { a: 1 }, strict: true } },
    });
    expect(requests).toEqual([
      {
        choice: expect.objectContaining({ provider: 'primary', model: 'm1' }),
        system: undefined,
        messages: [
          { role: 'system', content: 'one' },
          { role: 'developer', content: [{ type: 'text', text: 'two' }] },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'look' },
              { type: 'image', url: image.image_url.url, detail: 'high' },
            ],
            name: 'ann',
          },
          { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'f', arguments: '{ }' }] },
          { role: 'tool', toolCallId: 'c1', content: 'done' },
          { role: 'assistant', content: 'no' },
          { role: 'user', content: 'go' },
        ],
        maxTokens: 6,
        temperature: 0,
        topP: 1,
        stop: ['END'],
        seed: -3,
        presencePenalty: -2,
        frequencyPenalty: 2,
        tools: [{ name: 'f', description: 'd', parameters: { type: 'object' } }],
        whole: true,
        toolChoice: { name: 'f' },
        parallelToolCalls: false,
        responseFormat: { type: 'json_schema', name: 's', schema: { a: 1 }, strict: true },
      },
    ]);
  });

  it('leaves no conversation behind', async () => {
    await call(gateway, 'POST', PATH, CHAT);
    expect((await call(gateway, 'GET', '/api/v1/conversations')).json.total).toBe(0);
  });

  it('speaks of functions to who speaks of functions', async () => {
    const requests: RunRequest[] = [];
    gateway.script.run = async function* (request) {
      requests.push(request);
      yield { type: 'tool-call', index: 0, id: 'c1', name: 'f', arguments: '{"a":' };
      yield { type: 'tool-call', index: 0, arguments: ' 1}' };
      yield { type: 'tool-call', index: 1, id: 'c2', name: 'f', arguments: '{}' };
      yield { type: 'finished', model: 'm', finishReason: 'tool_calls' };
    };
    const called = { name: 'f', arguments: '{ }' };
    const asked = {
      model: 'openclaw',
      messages: [
        USER,
        { role: 'assistant', content: null, function_call: called },
        { role: 'function', name: 'f', content: 'done' },
      ],
      functions: [{ name: 'f', description: 'd', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    };
    const { json } = await call(gateway, 'POST', PATH, asked);
    const function_call = { name: 'f', arguments: '{"a": 1}' };
    expect(json.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { content: null, function_call },
    });
    expect(json.choices[0].message.tool_calls).toBeUndefined();
    expect(requests[0]).toMatchObject({
      messages: [
        USER,
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', ...called }] },
        { role: 'tool', toolCallId: 'call_1', content: 'done' },
      ],
      tools: asked.functions,
      toolChoice: { name: 'f' },
    });
    const streamed = chunks((await call(gateway, 'POST', PATH, { ...asked, stream: true })).text);
    expect(streamed.map(({ choices }) => choices[0].delta)).toEqual([
      { role: 'assistant', content: '' },
      { function_call: { name: 'f', arguments: '{"a":' } },
      { function_call: { arguments: ' 1}' } },
      {},
    ]);
    expect(streamed.at(-1).choices[0].finish_reason).toBe('function_call');
  });

  it('has the tool calls as the model gave them', async () => {
    gateway.script.run = async function* () {
      yield { type: 'tool-call', index: 0, id: 'call-1/ä', name: 'f', arguments: '{"a":' };
      yield { type: 'tool-call', index: 1, id: 'c2', name: 'g', arguments: 'not json' };
      yield { type: 'tool-call', index: 0, arguments: ' 1}' };
      yield { type: 'finished', model: 'm', finishReason: 'tool_calls' };
    };
    const tool = (name: string) => ({ type: 'function', function: { name } });
    const asked = { ...CHAT, tools: [tool('f'), tool('g')] };
    const { json } = await call(gateway, 'POST', PATH, asked);
    expect(json.choices[0]).toMatchObject({
      message: {
        content: null,
        tool_calls: [
          { id: 'call-1/ä', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } },
          { id: 'c2', type: 'function', function: { name: 'g', arguments: 'not json' } },
        ],
      },
      finish_reason: 'tool_calls',
    });
    const streamed = await call(gateway, 'POST', PATH, { ...asked, stream: true });
    expect(chunks(streamed.text).map(({ choices }) => choices[0].delta)).toEqual([
      { role: 'assistant', content: '' },
      { tool_calls: [{ index: 0, id: 'call-1/ä', type: 'function', function: { name: 'f', arguments: '{"a":' } }] },
      { tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: 'not json' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ' 1}' } }] },
      {},
    ]);
    expect(chunks(streamed.text).at(-1).choices[0].finish_reason).toBe('tool_calls');
  });

  it('says why it ended', async () => {
    gateway.script.run = async function* () {
      yield { type: 'finished', model: 'm', finishReason: 'length' };
    };
    expect((await call(gateway, 'POST', PATH, CHAT)).json.choices[0].finish_reason).toBe('length');
  });
});

describe('a streamed completion', () => {
  it('is chunks, then [DONE]', async () => {
    const { headers, text } = await call(gateway, 'POST', PATH, { ...CHAT, stream: true });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const all = chunks(text);
    const head = {
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion.chunk',
      created: expect.any(Number),
      model: 'openclaw',
    };
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
    expect(all).toEqual([
      chunk({ role: 'assistant', content: '' }),
      ...['you ', 'said: ', 'hello'].map((content) => chunk({ content })),
      chunk({}, 'stop'),
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it('has figures in a last chunk of their own when it is asked to', async () => {
    const { text } = await call(gateway, 'POST', PATH, {
      ...CHAT,
      stream: true,
      stream_options: { include_usage: true },
    });
    const all = chunks(text);
    expect(all.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(all.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });

  it('begins without the model when that is slow, and beats while it says nothing', async () => {
    gateway.settings.value = { ...SETTINGS, heartbeatMs: 5 };
    const held = gate();
    gateway.script.run = async function* (request, signal) {
      await held.opened;
      yield* parrot(request, signal);
    };
    const response = await fetch(gateway.url + PATH, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKENS.chat}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...CHAT, stream: true }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(': heartbeat\n\n')) text += (await reader?.read())?.value ?? '';
    expect(text).toMatch(/^data: \{.*"role":"assistant"/);
    held.open();
    while (!text.includes('[DONE]')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('"content":"hello"');
  });

  it('ends the model call when the client leaves', async () => {
    const aborted = gate();
    gateway.script.run = async function* (_request, signal) {
      yield { type: 'delta', text: 'a' };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted.open();
      throw signal.reason as Error;
    };
    const controller = new AbortController();
    const response = await fetch(gateway.url + PATH, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKENS.chat}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...CHAT, stream: true }),
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
    await aborted.opened;
  });
});

describe('a session', () => {
  const said = (requests: RunRequest[]) => requests.at(-1)?.messages.map(({ role, content }) => [role, content]);

  it('by user goes on with the stored conversation, whatever history the request has', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    await call(gateway, 'POST', PATH, { ...CHAT, user: 'ann' });
    const messages = [
      { role: 'system', content: 'brief' },
      { role: 'assistant', content: 'made up' },
      { role: 'user', content: 'again' },
    ];
    const { json } = await call(gateway, 'POST', PATH, { ...CHAT, messages, user: 'ann', stream: false });
    expect(json.choices[0].message.content).toBe('you said: again');
    expect(said(requests)).toEqual([
      ['system', 'brief'],
      ['user', 'hello'],
      ['assistant', 'you said: hello'],
      ['user', 'again'],
    ]);
    const stored = await call(gateway, 'GET', '/api/v1/conversations/openai:main:ann');
    expect(stored.json.message_count).toBe(4);
  });

  it('that is new begins with the history that the request has', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    const messages = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'system', content: 'brief' },
      { role: 'user', content: 'three' },
    ];
    await call(gateway, 'POST', PATH, { ...CHAT, messages, user: 'new' });
    expect(said(requests)).toEqual([
      ['system', 'brief'],
      ['user', 'one'],
      ['assistant', 'two'],
      ['user', 'three'],
    ]);
    expect((await call(gateway, 'GET', '/api/v1/conversations/openai:main:new')).json.message_count).toBe(2);
  });

  it('belongs to its tenant and its user', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    await call(gateway, 'POST', PATH, { ...CHAT, user: 'bob' });
    await call(gateway, 'POST', PATH, { ...CHAT, user: 'bob' }, { Authorization: `Bearer ${TOKENS.other}` });
    expect(said(requests)).toEqual([['user', 'hello']]);
    await call(gateway, 'POST', PATH, { ...CHAT, user: 'eve' });
    expect(said(requests)).toEqual([['user', 'hello']]);
  });

  it('by key is the conversation of that name, whoever the user is', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    const key = { 'x-openclaw-session-key': 'conv_by_key' };
    await call(gateway, 'POST', '/api/v1/chat', { message: 'before', conversationId: 'conv_by_key' });
    const { text } = await call(gateway, 'POST', PATH, { ...CHAT, user: 'ann', stream: true }, key);
    expect(chunks(text).at(-1).choices[0].finish_reason).toBe('stop');
    expect(said(requests)).toEqual([
      ['user', 'before'],
      ['assistant', 'you said: before'],
      ['user', 'hello'],
    ]);
    const long = { 'x-openclaw-session-key': 'x'.repeat(201) };
    expect((await call(gateway, 'POST', PATH, CHAT, long)).json.error.param).toBe('x-openclaw-session-key');
  });

  it.each([
    ['very long', 'x'.repeat(500)],
    ['of several lines', 'two\nlines'],
  ])('may be of a user whose name is %s', async (_how, user) => {
    const { script, requests } = recording();
    gateway.script.run = script;
    for (const content of ['one', 'two']) {
      const messages = [{ role: 'user', content }];
      expect((await call(gateway, 'POST', PATH, { ...CHAT, messages, user })).status).toBe(200);
    }
    expect(said(requests)).toHaveLength(3);
  });

  it('carries tool calls and their results', async () => {
    const { script, requests } = recording();
    gateway.script.run = async function* (request) {
      requests.push(request);
      yield { type: 'tool-call', index: 0, id: 'c1', name: 'f', arguments: '{}' };
      yield { type: 'finished', model: 'm', finishReason: 'tool_calls' };
    };
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const first = await call(gateway, 'POST', PATH, { ...CHAT, tools, user: 'tom' });
    const { message } = first.json.choices[0];
    expect(message.tool_calls).toEqual([{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }]);
    gateway.script.run = script;
    const messages = [USER, message, { role: 'tool', tool_call_id: 'c1', content: '21 degrees' }];
    await call(gateway, 'POST', PATH, { ...CHAT, messages, tools, user: 'tom' });
    expect(said(requests)).toEqual([
      ['user', 'hello'],
      ['assistant', ''],
      ['tool', '21 degrees'],
    ]);
  });

  it('needs a message of the user', async () => {
    const messages = [{ role: 'system', content: 'x' }];
    expect((await call(gateway, 'POST', PATH, { ...CHAT, messages, user: 'ann' })).json.error.param).toBe('messages');
  });
});

describe('models', () => {
  it.each(['chat', 'read'] as const)('are the agents, for scope %s', async (scope) => {
    const headers = { Authorization: `Bearer ${TOKENS[scope]}` };
    const { json } = await call(gateway, 'GET', '/v1/models', undefined, headers);
    const model = (id: string) => ({ id, object: 'model', created: expect.any(Number), owned_by: 'openclaw' });
    expect(json).toEqual({ object: 'list', data: [model('openclaw'), model('openclaw:main')] });
    expect((await call(gateway, 'GET', '/v1/models/agent:main', undefined, headers)).json).toEqual(model('agent:main'));
    expect((await call(gateway, 'GET', '/v1/models/openclaw%3Amain', undefined, headers)).status).toBe(200);
  });
});

it('embeddings without a provider for them are refused with what to do', async () => {
  const { status, json } = await call(gateway, 'POST', '/v1/embeddings', { model: 'openclaw', input: 'x' });
  expect(status).toBe(400);
  expect(json.error).toMatchObject({ type: 'invalid_request_error', param: null });
  expect(json.error.message).toContain('embeddings_model');
});

describe('a response', () => {
  const RESPOND = { model: 'openclaw', input: 'hello' };

  it('is what OpenAI makes of it', async () => {
    const { json } = await call(gateway, 'POST', '/v1/responses', {
      ...RESPOND,
      instructions: 'brief',
      metadata: { a: 'b' },
    });
    expect(json).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      model: 'openclaw',
      instructions: 'brief',
      metadata: { a: 'b' },
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'you said: hello', annotations: [] }],
        },
      ],
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  it('takes items, functions and formats', async () => {
    const { script, requests } = recording();
    gateway.script.run = script;
    await call(gateway, 'POST', '/v1/responses', {
      model: 'openclaw',
      instructions: 'brief',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: 'https://a/b.png', detail: 'auto' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'one' },
        { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'two' }] },
      ],
      tools: [{ type: 'function', name: 'f', parameters: {}, strict: false }],
      tool_choice: { type: 'function', name: 'f' },
      text: { format: { type: 'json_schema', name: 's', schema: {} } },
      max_output_tokens: 9,
    });
    expect(requests[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', url: 'https://a/b.png', detail: 'auto' },
          ],
        },
        {
          role: 'assistant',
          content: 'ok',
          toolCalls: [
            { id: 'c1', name: 'f', arguments: '{}' },
            { id: 'c2', name: 'f', arguments: '{}' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: 'one' },
        { role: 'tool', toolCallId: 'c2', content: 'two' },
      ],
      tools: [{ name: 'f', parameters: {}, strict: false }],
      toolChoice: { name: 'f' },
      responseFormat: { type: 'json_schema', name: 's', schema: {} },
      maxTokens: 9,
    });
  });

  it('streams typed events, numbered', async () => {
    gateway.script.run = async function* () {
      yield { type: 'delta', text: 'let me ' };
      yield { type: 'delta', text: 'see' };
      yield { type: 'tool-call', index: 0, id: 'c1', name: 'f', arguments: '' };
      yield { type: 'tool-call', index: 0, arguments: '{}' };
      yield { type: 'tool-call', index: 1, id: 'c2', name: 'f', arguments: '{"a":1}' };
      yield { type: 'finished', model: 'm', usage: { inputTokens: 1, outputTokens: 2 }, finishReason: 'tool_calls' };
    };
    const { text } = await call(gateway, 'POST', '/v1/responses', { ...RESPOND, stream: true });
    const all = events(text).map((event) => {
      const [name = '', data = ''] = event.split('\n');
      const body = JSON.parse(data.slice('data: '.length));
      expect(name).toBe(`event: ${body.type}`);
      return body;
    });
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, no) => no));
    expect(all.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(all.at(-1).response).toMatchObject({
      status: 'completed',
      output: [
        { type: 'message', content: [{ text: 'let me see' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}', status: 'completed' },
        { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{"a":1}' },
      ],
      usage: { total_tokens: 3 },
    });
    const [message, one, two] = all.at(-1).response.output;
    expect(all.filter(({ item_id }) => item_id).map(({ item_id }) => item_id)).toEqual([
      ...Array.from({ length: 5 }, () => message.id),
      one.id,
      one.id,
      two.id,
      two.id,
    ]);
  });

  it('that is cut short says so', async () => {
    gateway.script.run = async function* () {
      yield { type: 'finished', model: 'm', finishReason: 'length' };
    };
    const whole = await call(gateway, 'POST', '/v1/responses', RESPOND);
    expect(whole.json).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    const { text } = await call(gateway, 'POST', '/v1/responses', { ...RESPOND, stream: true });
    expect(events(text).at(-1)).toMatch(/^event: response\.incomplete\n/);
    expect(text).toContain('response.output_text.done');
  });

  it('that breaks off says so', async () => {
    gateway.script.run = async function* () {
      yield { type: 'delta', text: 'half' };
      throw new UpstreamFailed('it broke');
    };
    const { text } = await call(gateway, 'POST', '/v1/responses', { ...RESPOND, stream: true });
    const [failed, error] = events(text).slice(-2);
    expect(failed).toMatch(/^event: response\.failed\n.*"status":"failed"/);
    expect(error).toMatch(/^event: error\n.*"error":\{"message":"it broke"/);
  });

  it.each<[object, string]>([
    [{ model: 'openclaw' }, 'input'],
    [{ ...RESPOND, input: [] }, 'input'],
    [{ ...RESPOND, input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
    [{ ...RESPOND, previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ ...RESPOND, background: true }, 'background'],
    [{ ...RESPOND, conversation: 'x' }, 'conversation'],
    [{ ...RESPOND, tools: [{ type: 'web_search' }] }, 'tools[0].type'],
  ])('to %j is refused, and %s named', async (body, param) => {
    const answer = await call(gateway, 'POST', '/v1/responses', body);
    expect([answer.status, answer.json.error.param]).toEqual([400, param]);
  });
});
