import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { InMemoryChannel } from '@openclaw/core/testing';
import { apiReference } from '../src/index.js';
import { Contract } from './contract.js';
import { call, gate, startGateway, type TestGateway, TOKENS } from './gateway.js';

const contract = new Contract(apiReference('1.2.3'));

function problemsOf(method: string, path: string, status: number, json: unknown): string[] {
  const operation = contract.operations.find((other) => other.method === method && other.path === path);
  if (!operation) throw new Error(`the document has no ${method} ${path}`);
  return contract.problems(operation, status, 'application/json', JSON.stringify(json));
}

let gateway: TestGateway;
let channel: InMemoryChannel;

beforeEach(async () => {
  gateway = await startGateway();
  channel = new InMemoryChannel();
  gateway.channels.add('telegram', channel);
});
afterEach(() => gateway.close());

function send(body: object, headers: Record<string, string> = {}) {
  return call(gateway, 'POST', '/api/v1/send', { channel: 'telegram', chatId: 'c1', message: 'hi', ...body }, headers);
}

function keepsContract(method: string, path: string, { status, json }: { status: number; json: unknown }) {
  expect(problemsOf(method, path, status, json)).toEqual([]);
}

describe('POST /api/v1/send', () => {
  it('is 200 when the platform has taken it, and the chat’s conversation has it', async () => {
    const answer = await send({ message: 'Dinner is ready' });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^msg_/),
      status: 'sent',
      channel: 'telegram',
      chatId: 'c1',
      conversationId: 'telegram:c1',
      channelMessageId: 'p1',
      timestamp: expect.stringMatching(/Z$/),
    });
    keepsContract('POST', '/api/v1/send', answer);
    expect(channel.taken).toEqual([{ chatId: 'c1', messageId: 'p1', text: 'Dinner is ready' }]);
    const { json } = await call(gateway, 'GET', '/api/v1/conversations/telegram:c1');
    expect(json).toMatchObject({ channel: 'telegram', message_count: 1 });
    // No model has said it.
    expect(json.messages).toEqual([
      { id: answer.json.id, role: 'assistant', content: 'Dinner is ready', created_at: expect.stringMatching(/Z$/) },
    ]);
  });

  it('is 202 when the platform is away, and its state can be asked for', async () => {
    channel.faults.push(new ChannelUnavailable('the platform is away'));
    const answer = await send({});
    expect(answer.status).toBe(202);
    const { id } = answer.json;
    expect(answer.json).toMatchObject({ status: 'queued', statusUrl: `/api/v1/send/${id}` });
    expect(answer.json).not.toHaveProperty('channelMessageId');
    keepsContract('POST', '/api/v1/send', answer);
    const state = await call(gateway, 'GET', answer.json.statusUrl);
    expect(state.json).toMatchObject({ id, status: 'queued', attempts: 1, lastError: 'the platform is away' });
    keepsContract('GET', '/api/v1/send/{id}', state);
    const behind = await send({ message: 'waits for the first' });
    expect([behind.status, channel.taken]).toEqual([202, []]);
    expect((await send({ chatId: 'another' })).status).toBe(200);
  });

  it('is 202 when the platform does not answer in time, and is sent all the same', async () => {
    const { opened, open } = gate();
    channel.held = opened;
    const answer = await send({});
    expect([answer.status, answer.json.status]).toEqual([202, 'queued']);
    open();
    await gateway.close();
    expect(channel.taken).toHaveLength(1);
    gateway = await startGateway();
  });

  it('is 422 with the platform’s words when it refuses', async () => {
    channel.faults.push(new ChannelRejected('Bad Request: chat not found'));
    const answer = await send({});
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ error: 'channel_rejected', message: 'Bad Request: chat not found' });
    const { id } = answer.json.details;
    const state = await call(gateway, 'GET', `/api/v1/send/${id}`);
    expect(state.json).toMatchObject({ status: 'failed', error: { error: 'channel_rejected' } });
    keepsContract('GET', '/api/v1/send/{id}', state);
  });

  it('is split where it is too long, and tells every part', async () => {
    const answer = await send({ message: 'word '.repeat(500) });
    expect(answer.json.channelMessageIds).toEqual(['p1', 'p2', 'p3']);
    expect(answer.json.channelMessageId).toBe('p1');
    expect(channel.taken.map(({ text }) => text).join(' ')).toBe('word '.repeat(500).trim());
  });

  it('goes on with the part that failed', async () => {
    channel.faults.push(undefined, new ChannelUnavailable('busy', { retryAfterMs: 1 }));
    const { json, status } = await send({ message: 'word '.repeat(500) });
    expect(status).toBe(202);
    expect(json.channelMessageId).toBe('p1');
    const { json: state } = await call(gateway, 'GET', json.statusUrl);
    expect(state).toMatchObject({ status: 'queued', channelMessageId: 'p1' });
  });

  it('is one send under one Idempotency-Key, with its first answer again', async () => {
    const key = { 'Idempotency-Key': 'order-17' };
    const first = await send({}, key);
    const again = await send({}, key);
    expect(again.json).toEqual(first.json);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(channel.taken).toHaveLength(1);
    expect((await send({ message: 'something else' }, key)).status).toBe(409);
    const refused = { 'Idempotency-Key': 'order-18' };
    channel.faults.push(new ChannelRejected('blocked by the user'));
    const answers = [await send({}, refused), await send({}, refused)];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect(answers[1]?.json).toEqual(answers[0]?.json);
    expect(answers[1]?.json.message).toBe('blocked by the user');
    expect(answers.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  });

  it('belongs to the tenant of its channel', async () => {
    gateway.channels.add('slack', new InMemoryChannel(), { tenant: 'other' });
    gateway.channels.add('pigeon', new InMemoryChannel(), { tenant: 'other' });
    expect((await send({ channel: 'slack' })).status).toBe(503);
    const unknown = await send({ channel: 'pigeon' });
    expect([unknown.status, unknown.json.details.available]).toEqual([
      400,
      ['telegram', 'discord', 'slack', 'webhook'],
    ]);
    const { json } = await send({});
    const theirs = { Authorization: `Bearer ${TOKENS.other}` };
    expect((await call(gateway, 'GET', `/api/v1/send/${json.id}`, undefined, theirs)).status).toBe(404);
  });

  it('tells of a channel that can not be used', async () => {
    gateway.channels.broken.push({ channel: 'discord', tenant: 'default', problem: 'its token is wrong' });
    const answer = await send({ channel: 'discord' });
    expect([answer.status, answer.json.message]).toEqual([503, expect.stringContaining('see its status')]);
  });
});

describe('GET /api/v1/send/:id', () => {
  it('needs the scope send or read, and an id that is there', async () => {
    for (const [token, status] of [
      [TOKENS.chat, 403],
      [TOKENS.send, 404],
      [TOKENS.read, 404],
    ] as const) {
      const headers = { Authorization: `Bearer ${token}` };
      expect((await call(gateway, 'GET', '/api/v1/send/msg_nothing', undefined, headers)).status).toBe(status);
    }
  });
});
