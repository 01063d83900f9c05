import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TurnEvent } from '@openclaw/core';
import type { HttpDeps } from '../src/index.js';
import { OPERATOR, type Script, type TestGateway, call, gate, parrot, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ heartbeatMs: 5 });
});
afterEach(() => {
  gateway.script.run = parrot;
});
afterAll(() => gateway.close());

const HEADERS = { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' };

async function open(path: string, body: object, signal?: AbortSignal): Promise<{ next: () => Promise<string> }> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify(body),
    signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return { next: async () => (await reader?.read())?.value ?? '' };
}

/** A model that says `said`, then waits until it is aborted. */
function endless(said: string): { script: Script; aborted: Promise<void> } {
  const { opened, open: onAbort } = gate();
  const script: Script = async function* (_request, signal) {
    if (said !== '') yield { type: 'delta', text: said };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    onAbort();
    throw signal.reason as Error;
  };
  return { script, aborted: opened };
}

/** Asks until the conversation's answer is stored. */
async function storedAnswer(id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { json } = await call(gateway, 'GET', `/api/v1/conversations/${id}`);
    const answer = json.messages?.find((message: { role: string }) => message.role === 'assistant');
    if (answer) return answer as Record<string, unknown>;
  }
}

describe('a stream', () => {
  it('begins before the model has said anything', async () => {
    const held = gate();
    gateway.script.run = async function* (request, signal) {
      await held.opened;
      yield* parrot(request, signal);
    };
    const stream = await open('/api/v1/chat/stream', { message: 'a', conversationId: 'c-early' });
    expect(await stream.next()).toContain('data: {"type":"start","conversationId":"c-early"}\n\n');
    held.open();
  });

  it('of dialect D has its headers at once', async () => {
    const held = gate();
    gateway.script.run = async function* (request, signal) {
      await held.opened;
      yield* parrot(request, signal);
    };
    const response = await fetch(`${gateway.url}/api/v1/message/stream`, {
      method: 'POST',
      headers: HEADERS,
      body: '{"text":"a"}',
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    held.open();
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('beats while nothing is said', async () => {
    const model = endless('');
    gateway.script.run = model.script;
    const left = new AbortController();
    const stream = await open('/api/v1/chat/stream', { message: 'a' }, left.signal);
    let seen = '';
    while (!seen.includes(': heartbeat\n\n: heartbeat\n\n')) seen += await stream.next();
    left.abort();
    await model.aborted;
  });

  it('joins what comes together in one piece', async () => {
    const held = gate();
    gateway.script.run = async function* () {
      await held.opened;
      for (const text of ['a', 'b', 'c']) yield { type: 'delta', text };
      yield { type: 'finished', model: 'm1' };
    };
    const socket = net.connect(gateway.port, '127.0.0.1');
    const body = '{"message":"x"}';
    const head = `POST /api/v1/chat/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR}\r\n`;
    socket.write(
      `${head}Content-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"start"')) held.open();
    });
    await once(socket, 'close');
    const pieces = text.split('\r\n').filter((piece) => piece.includes('"delta"'));
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.match(/"delta"/g)).toHaveLength(3);
  });
});

describe('a client that goes away', () => {
  it('from a stream ends the model call, and what was said is kept', async () => {
    const model = endless('so far');
    gateway.script.run = model.script;
    const left = new AbortController();
    const stream = await open('/api/v1/chat/stream', { message: 'a', conversationId: 'c-left' }, left.signal);
    let seen = '';
    while (!seen.includes('so far')) seen += await stream.next();
    left.abort();
    await model.aborted;
    expect(await storedAnswer('c-left')).toMatchObject({ content: 'so far', interrupted: true });
  });

  it('from a waiting call does too', async () => {
    const model = endless('half');
    const began = gate();
    gateway.script.run = async function* (request, signal) {
      began.open();
      yield* model.script(request, signal);
    };
    const left = new AbortController();
    const body = JSON.stringify({ message: 'a', conversationId: 'c-waiting' });
    const answer = fetch(`${gateway.url}/api/v1/chat`, { method: 'POST', headers: HEADERS, body, signal: left.signal });
    await began.opened;
    left.abort();
    await expect(answer).rejects.toThrow();
    await model.aborted;
    expect(await storedAnswer('c-waiting')).toMatchObject({ content: 'half', interrupted: true });
  });

  it('by reading nothing is cut off, and holds up nobody', async () => {
    const text = 'x'.repeat(65_536);
    const { opened: aborted, open: onAbort } = gate();
    const sendMessage: HttpDeps['sendMessage'] = {
      ...gateway.deps.sendMessage,
      async *execute(_command, signal): AsyncGenerator<TurnEvent> {
        yield { type: 'started', turnId: 'msg_1', conversationId: 'c' };
        while (!signal.aborted) {
          yield { type: 'delta', text };
          await new Promise((resolve) => setImmediate(resolve));
        }
        onAbort();
      },
    };
    const flooding = await startGateway({}, parrot, { sendMessage });
    const socket = net.connect(flooding.port, '127.0.0.1').pause();
    const body = '{"message":"x"}';
    const head = `POST /api/v1/chat/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OPERATOR}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await aborted;
    socket.destroy();
    await flooding.close();
  });
});
