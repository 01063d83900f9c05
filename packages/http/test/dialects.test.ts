import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UpstreamFailed } from '@openclaw/core';
import { type TestGateway, call, gate, parrot, startGateway, withoutIds } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('dialect A', () => {
  it('answers /chat with its members and nothing else', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat', {
      message: 'hi',
      conversationId: 'conv_123',
      model: 'm2',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^msg_/),
      conversationId: 'conv_123',
      role: 'assistant',
      content: 'you said: hi',
      model: 'm2',
      usage: { inputTokens: 7, outputTokens: 3 },
      latency: expect.any(Number),
    });
  });

  it('takes null for absent and opens a conversation', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat', { message: 'hi', conversationId: null, model: null });
    expect(answer.status).toBe(200);
    expect(answer.json.conversationId).toMatch(/^conv_/);
  });

  it('hands the instructions and limits to the model', async () => {
    let seen: unknown;
    gateway.script.run = async function* (request, signal) {
      seen = request;
      yield* parrot(request, signal);
    };
    await call(gateway, 'POST', '/api/v1/chat', {
      message: 'x',
      systemPrompt: 'be kind',
      maxTokens: 5,
      temperature: 0.5,
    });
    gateway.script.run = parrot;
    expect(seen).toMatchObject({ system: 'be kind', maxTokens: 5, temperature: 0.5 });
  });

  it('streams start, deltas and done', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'a', conversationId: 'conv_456' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(withoutIds(answer.text)).toBe(
      [
        'data: {"type":"start","conversationId":"conv_456"}',
        'data: {"type":"delta","content":"you "}',
        'data: {"type":"delta","content":"said: "}',
        'data: {"type":"delta","content":"a"}',
        'data: {"type":"done","usage":{"inputTokens":7,"outputTokens":3}}',
        '',
      ].join('\n\n'),
    );
  });

  it('tells a failure in the stream once it has begun', async () => {
    gateway.script.run = async function* () {
      yield { type: 'delta', text: 'half' };
      throw new UpstreamFailed('the model broke off');
    };
    const answer = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'a' });
    gateway.script.run = parrot;
    expect(answer.status).toBe(200);
    expect(withoutIds(answer.text)).toMatch(
      /"content":"half"}\n\ndata: {"type":"error","error":"upstream_error","message":"the model broke off"}\n\n$/,
    );
  });

  it('answers an unknown model with 400 and the known ones, streams included', async () => {
    for (const path of ['/api/v1/chat', '/api/v1/chat/stream']) {
      const answer = await call(gateway, 'POST', path, { message: 'a', model: 'nope' });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: 'bad_request', status: 400, details: { available: ['m1', 'm2'] } });
    }
  });

  it('answers a provider that failed with 502', async () => {
    gateway.script.run = async function* () {
      throw new UpstreamFailed('no model could be reached');
      yield { type: 'delta', text: '' };
    };
    const answer = await call(gateway, 'POST', '/api/v1/chat', { message: 'a' });
    gateway.script.run = parrot;
    expect(answer.status).toBe(502);
    expect(answer.json).toEqual({
      error: 'upstream_error',
      message: 'no model could be reached',
      status: 502,
      details: {},
    });
  });
});

describe('dialect B', () => {
  it('answers /message', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', {
      channel: 'api',
      message: 'hello',
      conversation_id: 'conv_abc123',
      metadata: { user_id: 'user_001', user_name: 'Ann', attachments: [], shop: 7 },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^msg_/),
      conversation_id: 'conv_abc123',
      role: 'assistant',
      content: 'you said: hello',
      skills_used: [],
      tokens: { input: 7, output: 3, total: 10 },
      latency_ms: expect.any(Number),
      model: 'm1',
    });
  });

  it('streams on Accept', async () => {
    const body = { message: 'a', conversation_id: 'conv_abc123' };
    for (const [path, accept] of [
      ['/api/v1/message', 'text/event-stream'],
      ['/api/v1/message/stream', '*/*'],
    ] as const) {
      const answer = await call(gateway, 'POST', path, body, { Accept: accept });
      expect(withoutIds(answer.text)).toBe(
        [
          'data: {"type":"start","conversation_id":"conv_abc123"}',
          'data: {"type":"token","content":"you "}',
          'data: {"type":"token","content":"said: "}',
          'data: {"type":"token","content":"a"}',
          'data: {"type":"end","tokens":{"input":7,"output":3}}',
          '',
        ].join('\n\n'),
      );
    }
  });

  it('accepts a turn that is not waited for', async () => {
    const body = { message: 'later', conversation_id: 'conv_async', wait_for_response: false };
    const answer = await call(gateway, 'POST', '/api/v1/message', body);
    expect(answer.status).toBe(202);
    const { id } = answer.json;
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^msg_/),
      status: 'processing',
      conversation_id: 'conv_async',
      poll_url: `/api/v1/message/${id}/status`,
    });
    const state = await call(gateway, 'GET', answer.json.poll_url);
    expect(state.json).toEqual({ id, status: 'processing', conversation_id: 'conv_async' });
  });

  it('answers 408 when timeout_ms passes, and the turn goes on', async () => {
    const held = gate();
    gateway.script.run = async function* (request, signal) {
      await held.opened;
      yield* parrot(request, signal);
    };
    const late = await call(gateway, 'POST', '/api/v1/message', { message: 'slow', timeout_ms: 1 });
    gateway.script.run = parrot;
    expect(late.status).toBe(408);
    const { id, conversation_id, poll_url } = late.json.details;
    expect(late.json).toMatchObject({ error: 'timeout', status: 408 });
    expect(poll_url).toBe(`/api/v1/message/${id}/status`);
    held.open();
    for (;;) {
      const state = await call(gateway, 'GET', poll_url);
      if (state.json.status === 'processing') continue;
      expect(state.json).toMatchObject({
        id,
        status: 'completed',
        conversation_id,
        response: { id, content: 'you said: slow' },
      });
      break;
    }
  });

  it('tells a failed turn, and knows nothing of strangers', async () => {
    expect((await call(gateway, 'GET', '/api/v1/message/msg_nobody/status')).status).toBe(404);
  });

  it('names what it ignored, also on streams', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', {
      message: 'a',
      stream: false,
      'ü,\n': 1,
      __proto__x: 2,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-openclaw-ignored')).toBe('stream,%C3%BC%2C%0A,__proto__x');
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`모르는${i}`, i]));
    const long = await call(gateway, 'POST', '/api/v1/chat', { message: 'a', ...many });
    expect(long.headers.get('x-openclaw-ignored')).toMatch(/^%EB.{500,1000},\.\.\.$/);
    const stream = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'a', foo: 1 });
    expect(stream.headers.get('x-openclaw-ignored')).toBe('foo');
    const wrong = await call(
      gateway,
      'POST',
      '/api/v1/chat',
      '{"message":1,"foo":1,"__proto__":{"x":1},"constructor":2}',
    );
    expect(wrong.status).toBe(400);
    expect(wrong.headers.get('x-openclaw-ignored')).toBe('foo,__proto__,constructor');
  });
});

describe('dialect D', () => {
  it('answers /message in its envelope', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', { text: 'hi', session: 'shop' });
    expect(answer.json).toEqual({
      success: true,
      data: {
        messageId: expect.stringMatching(/^msg_/),
        text: 'you said: hi',
        usage: { inputTokens: 7, outputTokens: 3 },
      },
    });
    const sessions = await call(gateway, 'GET', '/api/v1/sessions');
    expect(sessions.json.data.sessions).toContainEqual({
      id: 'shop',
      label: 'shop',
      createdAt: expect.stringMatching(/Z$/),
      messageCount: 2,
    });
  });

  it('streams chunks and [DONE]', async () => {
    const expected = 'data: {"chunk":"you "}\n\ndata: {"chunk":"said: "}\n\ndata: {"chunk":"a"}\n\ndata: [DONE]\n\n';
    expect(withoutIds((await call(gateway, 'POST', '/api/v1/message/stream', { text: 'a' })).text)).toBe(expected);
    expect(withoutIds((await call(gateway, 'POST', '/api/v1/message', { text: 'a', stream: true })).text)).toBe(
      expected,
    );
  });

  it('ends a failed stream with its error and [DONE]', async () => {
    gateway.script.run = async function* () {
      throw new Error('secret internals');
      yield { type: 'delta', text: '' };
    };
    const answer = await call(gateway, 'POST', '/api/v1/message/stream', { text: 'a' });
    gateway.script.run = parrot;
    expect(withoutIds(answer.text)).toBe(
      'data: {"success":false,"error":"internal_error","message":"Internal error"}\n\ndata: [DONE]\n\n',
    );
  });

  it.each([
    ['without a body of either document', 400, {}, {}],
    ['without a token', 401, { text: 'hi' }, { Authorization: 'Bearer wrong' }],
  ])('marks the errors of its own path: %s', async (_how, status, body, headers) => {
    const answer = await call(gateway, 'POST', '/api/v1/message/stream', body, headers);
    expect(answer.json).toMatchObject({ status, success: false });
    const ofB = await call(gateway, 'POST', '/api/v1/message/stream', { message: 5 });
    expect(ofB.json).not.toHaveProperty('success');
  });

  it('marks its errors', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', { text: 5 });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      error: 'bad_request',
      message: 'text must be a non-empty string, got 5',
      status: 400,
      details: { errors: [{ field: 'text', message: 'text must be a non-empty string, got 5' }] },
      success: false,
    });
  });

  it('makes, lists and deletes sessions', async () => {
    const made = await call(gateway, 'POST', '/api/v1/sessions', { label: 'Project', model: 'm2' });
    expect(made.json).toEqual({
      success: true,
      data: { sessionId: expect.stringMatching(/^session_/), label: 'Project', createdAt: expect.stringMatching(/Z$/) },
    });
    const { sessionId } = made.json.data;
    const spoken = await call(gateway, 'POST', '/api/v1/message', { text: 'hi', session: sessionId });
    expect(spoken.status).toBe(200);
    expect((await call(gateway, 'GET', '/api/v1/sessions?limit=1')).json.data.sessions).toEqual([
      { id: sessionId, label: 'Project', createdAt: made.json.data.createdAt, messageCount: 2 },
    ]);
    expect((await call(gateway, 'DELETE', `/api/v1/sessions/${sessionId}`)).json).toEqual({
      success: true,
      data: { deleted: true },
    });
    const gone = await call(gateway, 'DELETE', `/api/v1/sessions/${sessionId}`);
    expect(gone.status).toBe(404);
    expect(gone.json).toMatchObject({ error: 'not_found', success: false });
    const unknown = await call(gateway, 'POST', '/api/v1/sessions', { label: 'x', model: 'nope' });
    expect(unknown.status).toBe(400);
    expect(unknown.json.details.available).toEqual(['m1', 'm2']);
  });
});

describe('a body of both or neither', () => {
  it.each([
    [{ text: 'a', message: 'b' }, 'both'],
    [{}, 'neither'],
    [{ text: null, message: null }, 'neither'],
  ])('refuses %j', async (body, word) => {
    const answer = await call(gateway, 'POST', '/api/v1/message', body);
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(word);
    expect(answer.json.success).toBeUndefined();
  });

  it('lets null stand for absent', async () => {
    const answer = await call(gateway, 'POST', '/api/v1/message', { text: null, message: 'b' });
    expect(answer.json.content).toBe('you said: b');
  });
});

describe('usage', () => {
  it('is marked when it had to be estimated', async () => {
    gateway.script.run = async function* (request) {
      yield { type: 'delta', text: 'four' };
      yield { type: 'finished', model: request.choice.model };
    };
    const a = await call(gateway, 'POST', '/api/v1/chat', { message: 'four' });
    const b = await call(gateway, 'POST', '/api/v1/message', { message: 'four' });
    gateway.script.run = parrot;
    expect(a.json.usage).toEqual({ inputTokens: 1, outputTokens: 1, estimated: true });
    expect(b.json.tokens).toEqual({ input: 1, output: 1, total: 2, estimated: true });
  });
});
