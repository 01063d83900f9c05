import { describe, expect, it } from '@jest/globals';
import type { Answer, TextTurnEvent } from '@openclaw/core';
import type { StreamDialect } from '../sse/stream-turn.js';
import { chatCommand, chatResponse, chatStream } from './dialect-a.js';
import { messageCommand, messageResponse, messageStatus, messageStream } from './dialect-b.js';
import { sessionMessageCommand, sessionMessageResponse, sessionMessageStream } from './dialect-d.js';
import { spokenIn } from './message.controller.js';

const answer: Answer = {
  id: 'msg_1',
  conversationId: 'conv_1',
  content: 'ok',
  model: 'm1',
  usage: { inputTokens: 2, outputTokens: 3 },
  skillsUsed: ['weather'],
  latencyMs: 42,
  interrupted: false,
};
const events: TextTurnEvent[] = [
  { type: 'started', turnId: 'msg_1', conversationId: 'conv_1' },
  { type: 'delta', text: '봄\n"' },
  { type: 'completed', answer },
];
const failure = { code: 'upstream_error', message: 'gone' } as const;
const spoken = (dialect: StreamDialect) =>
  events.map((event) => dialect.event(event)).join('') + dialect.failure(failure);

describe('dialect A', () => {
  it('reads a request', () => {
    const body = { message: 'hi', conversationId: 'c', model: 'm', systemPrompt: 's', maxTokens: 5, temperature: 0 };
    expect(chatCommand(body, 't')).toEqual({
      tenant: 't',
      text: 'hi',
      conversationId: 'c',
      request: { model: 'm', systemPrompt: 's', maxTokens: 5, temperature: 0 },
    });
  });

  it('writes an answer and a stream', () => {
    expect(JSON.stringify(chatResponse(answer))).toBe(
      '{"id":"msg_1","conversationId":"conv_1","role":"assistant","content":"ok","model":"m1","usage":{"inputTokens":2,"outputTokens":3},"latency":42}',
    );
    expect(spoken(chatStream)).toBe(
      'data: {"type":"start","conversationId":"conv_1"}\n\ndata: {"type":"delta","content":"봄\\n\\""}\n\n' +
        'data: {"type":"done","usage":{"inputTokens":2,"outputTokens":3}}\n\n' +
        'data: {"type":"error","error":"upstream_error","message":"gone"}\n\n',
    );
  });
});

describe('dialect B', () => {
  it('reads a request', () => {
    const body = {
      message: 'hi',
      conversation_id: 'c',
      channel: 'internal',
      metadata: { user_id: 'u', x: 1 },
      model: 'm',
    };
    expect(messageCommand(body, 't')).toEqual({
      tenant: 't',
      text: 'hi',
      conversationId: 'c',
      channel: 'internal',
      metadata: { user_id: 'u', x: 1 },
      request: { model: 'm', userId: 'u' },
    });
  });

  it('writes an answer, a state and a stream', () => {
    const written =
      '{"id":"msg_1","conversation_id":"conv_1","role":"assistant","content":"ok","skills_used":["weather"],"tokens":{"input":2,"output":3,"total":5},"latency_ms":42,"model":"m1"}';
    expect(JSON.stringify(messageResponse(answer))).toBe(written);
    expect(
      messageStatus('msg_1', { status: 'completed', conversationId: 'conv_1', answer, endedAt: new Date() }),
    ).toEqual({
      id: 'msg_1',
      status: 'completed',
      conversation_id: 'conv_1',
      response: JSON.parse(written) as unknown,
    });
    expect(
      messageStatus('msg_1', { status: 'failed', conversationId: 'conv_1', failure, endedAt: new Date() }),
    ).toEqual({
      id: 'msg_1',
      status: 'failed',
      conversation_id: 'conv_1',
      error: { error: 'upstream_error', message: 'gone' },
    });
    expect(spoken(messageStream)).toBe(
      'data: {"type":"start","conversation_id":"conv_1"}\n\ndata: {"type":"token","content":"봄\\n\\""}\n\n' +
        'data: {"type":"end","tokens":{"input":2,"output":3}}\n\n' +
        'data: {"type":"error","error":"upstream_error","message":"gone"}\n\n',
    );
  });
});

describe('dialect D', () => {
  it('reads a request; its session is "default" unless named', () => {
    expect(sessionMessageCommand({ text: 'hi' }, 't')).toEqual({
      tenant: 't',
      text: 'hi',
      conversationId: 'default',
      request: {},
    });
    expect(sessionMessageCommand({ text: 'hi', session: 's' }, 't').conversationId).toBe('s');
  });

  it('writes an answer and a stream', () => {
    expect(JSON.stringify(sessionMessageResponse(answer))).toBe(
      '{"success":true,"data":{"messageId":"msg_1","text":"ok","usage":{"inputTokens":2,"outputTokens":3}}}',
    );
    expect(spoken(sessionMessageStream)).toBe(
      'data: {"chunk":"봄\\n\\""}\n\ndata: [DONE]\n\ndata: {"success":false,"error":"upstream_error","message":"gone"}\n\ndata: [DONE]\n\n',
    );
  });
});

it('tells the dialect by the body', () => {
  expect(spokenIn({ text: 'a' })).toBe('D');
  expect(spokenIn({ message: 'a', text: null })).toBe('B');
  expect(() => spokenIn({ text: '', message: '' })).toThrow('both');
  expect(() => spokenIn({})).toThrow('neither');
});
