import { beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { CHAT_SECRET, ChatServer } from './chat-server.js';

let chat: ChatServer;
let gateway: GatewayProcess;

beforeAll(async () => {
  chat = await ChatServer.start();
  gateway = await startGateway({ database: await freshDatabase(), config: { channels: { webhook: chat.settings } } });
});

async function json<T = Record<string, unknown>>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

function send(body: object, headers: Record<string, string> = {}) {
  return gateway.fetch('/api/v1/send', { json: { channel: 'webhook', ...body }, headers });
}

describe('the webhook channel of a gateway', () => {
  it('takes what is sent, and has it in the chat’s conversation', async () => {
    const response = await send({ chatId: 'order-17', message: 'Your order has **left**' });
    const answer = await json(response);
    expect([response.status, answer.status, answer.channelMessageId]).toEqual([200, 'sent', 'm1']);
    expect(chat.taken[0]).toMatchObject({ chatId: 'order-17', text: 'Your order has **left**', id: `${answer.id}-0` });
    const conversation = await json(gateway.fetch(`/api/v1/conversations/${answer.conversationId}`));
    expect(conversation).toMatchObject({ channel: 'webhook', message_count: 1 });
  });

  it('answers who writes, once, in their chat', async () => {
    const before = chat.taken.length;
    for (let i = 0; i < 3; i++) {
      const heard = await chat.write(gateway.url, { chatId: 'support-1', text: 'hello' }, 'once');
      expect([heard.status, await heard.json()]).toEqual([202, { accepted: true, id: 'once' }]);
    }
    await chat.until(() => chat.taken.length > before);
    expect(chat.taken.at(-1)).toMatchObject({ chatId: 'support-1', text: expect.stringContaining('hello') });
    expect(chat.taken.at(-1)?.text).not.toContain('untrusted');
    const { messages } = await json<{ messages: { role: string }[] }>(
      gateway.fetch('/api/v1/conversations/webhook:support-1'),
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  it('can be talked through: /message joins the chat’s conversation, and its answer goes to the caller', async () => {
    const before = chat.taken.length;
    await chat.write(gateway.url, { chatId: 'shared', text: 'from the chat' });
    await chat.until(() => chat.taken.length > before);
    const body = { channel: 'webhook', conversation_id: 'webhook:shared', message: 'from the program' };
    const answer = await json(gateway.fetch('/api/v1/message', { json: body }));
    expect(answer).toMatchObject({ conversation_id: 'webhook:shared', content: expect.stringContaining('program') });
    expect(chat.taken).toHaveLength(before + 1);
    const { messages, channel } = await json<{ messages: unknown[]; channel: string }>(
      gateway.fetch('/api/v1/conversations/webhook:shared'),
    );
    expect([messages.length, channel]).toEqual([4, 'webhook']);
  });

  it.each(['busy', 'broken', 'html', 'reset'] as const)('delivers what was met with a fault: %s', async (fault) => {
    let faults = 1;
    chat.fault = () => (faults-- > 0 ? fault : undefined);
    const response = await send({ chatId: `fault-${fault}`, message: fault });
    const { statusUrl, status } = await json<{ statusUrl: string; status: string }>(response);
    expect([response.status, status]).toEqual([202, 'queued']);
    const state = await eventually(
      () => json(gateway.fetch(statusUrl)),
      (answer) => answer.status === 'sent',
    );
    expect(state.attempts).toBe(2);
    expect(chat.taken.filter(({ text }) => text === fault)).toHaveLength(1);
  });

  it('is told of, with its messages and without its secret', async () => {
    const { channels } = await eventually(
      () => json<{ channels: Record<string, unknown>[] }>(gateway.fetch('/api/v1/channels')),
      (answer) => answer.channels[0]?.status === 'connected',
    );
    expect(channels[0]).toMatchObject({ type: 'webhook', status: 'connected' });
    expect(channels[0]?.messages_today).toBeGreaterThan(4);
    expect(await json(gateway.fetch('/api/v1/status'))).toMatchObject({ channels: { connected: ['webhook'] } });
    expect(await json(gateway.fetch('/health/detail'))).toMatchObject({
      channels: { status: 'ok', connected: ['webhook'], disconnected: [] },
    });
    const config = await (await gateway.fetch('/api/v1/config')).text();
    expect(config).toContain('"secret":"***REDACTED***"');
    for (const text of [config, gateway.logs()]) expect(text).not.toContain(CHAT_SECRET);
  });

  it('follows the configuration while the gateway runs', async () => {
    const off = { channels: { webhook: { enabled: false } } };
    expect((await gateway.fetch('/api/v1/config', { method: 'PUT', json: off })).status).toBe(200);
    const refused = await eventually(
      () => send({ chatId: 'c', message: 'x' }),
      (response) => response.status === 503,
    );
    expect((await json(refused)).message).toContain('webhook');
    expect((await chat.write(gateway.url, { chatId: 'c', text: 'x' })).status).toBe(404);
    const { last_error } = await json(gateway.fetch('/api/v1/channels/webhook/status'));
    expect(last_error).toContain('Switched off');
    const on = { channels: { webhook: { enabled: null } } };
    expect((await gateway.fetch('/api/v1/config', { method: 'PUT', json: on })).status).toBe(200);
    await eventually(
      () => send({ chatId: 'c', message: 'x' }),
      (response) => response.status === 200,
    );
  });

  it('refuses what is not signed with its secret', async () => {
    const response = await fetch(`${gateway.url}/channels/webhook`, { method: 'POST', body: '{"chatId":"c"}' });
    expect(response.status).toBe(401);
  });

  it('stops with what is under way sent', async () => {
    chat.delayMs = 300;
    const before = chat.taken.length;
    const sending = send({ chatId: 'last', message: 'the last one' });
    await eventually(
      async () => gateway.fetch('/api/v1/conversations/webhook:last'),
      (response) => response.status === 200,
    );
    expect(await gateway.stop()).toBe(0);
    expect((await sending).status).toBe(200);
    expect(chat.taken).toHaveLength(before + 1);
  });
});
