import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryChannel } from '@openclaw/core/testing';
import { apiReference } from '../src/index.js';
import { Contract } from './contract.js';
import { call, startGateway, type TestGateway, TOKENS } from './gateway.js';

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

describe('GET /api/v1/channels', () => {
  it('lists what is configured, with its state and its messages', async () => {
    gateway.channels.broken.push({ channel: 'slack', tenant: 'default', problem: 'Token expired' });
    gateway.channels.add('pigeon', new InMemoryChannel(), { tenant: 'other' });
    await gateway.links.hold([{ channel: 'telegram', tenant: 'default' }], 60_000);
    await gateway.links.report('telegram', { status: 'connected' });
    await call(gateway, 'POST', '/api/v1/send', { channel: 'telegram', chatId: 'c1', message: 'hi' });
    const { status, json } = await call(gateway, 'GET', '/api/v1/channels');
    expect(status).toBe(200);
    expect(json).toEqual({
      channels: [
        {
          type: 'telegram',
          status: 'connected',
          connected_since: expect.stringMatching(/Z$/),
          messages_today: 1,
        },
        { type: 'slack', status: 'disconnected', messages_today: 0, last_error: 'Token expired' },
      ],
    });
    expect(problemsOf('GET', '/api/v1/channels', status, json)).toEqual([]);
    const one = await call(gateway, 'GET', '/api/v1/channels/slack/status');
    expect(one.json).toEqual(json.channels[1]);
  });

  it.each(['discord', 'pigeon'])('knows nothing of %s, which is not configured for this tenant', async (type) => {
    gateway.channels.add('pigeon', new InMemoryChannel(), { tenant: 'other' });
    expect((await call(gateway, 'GET', `/api/v1/channels/${type}/status`)).status).toBe(404);
    expect((await call(gateway, 'GET', `/api/v1/channels/${type}/pairings`)).status).toBe(404);
  });
});

describe('requests of platforms', () => {
  const request = (path: string, body: string, headers: Record<string, string> = { 'X-Secret': 'open' }) =>
    fetch(gateway.url + path, { method: 'POST', body, headers });

  it('reach their channel as they came, with no token of ours', async () => {
    const answer = await request('/channels/telegram/a%2Fb/c?x=1', '{"text":"hello"}');
    expect([answer.status, await answer.text(), answer.headers.get('x-path')]).toEqual([200, 'ok', '/a%2Fb/c']);
    const { json } = await call(gateway, 'GET', '/api/v1/conversations/telegram:c1');
    expect(json.messages).toMatchObject([{ role: 'user', content: 'hello' }]);
    expect((await request('/channels/telegram', '{"text":"again"}')).headers.get('x-path')).toBe('/');
  });

  it('are not believed without the secret', async () => {
    expect((await request('/channels/telegram', '{"text":"hello"}', {})).status).toBe(401);
    expect((await call(gateway, 'GET', '/api/v1/conversations/telegram:c1')).status).toBe(404);
  });

  it('find nothing where no channel takes them, and are bounded', async () => {
    const missing = await request('/channels/slack', '{}');
    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { message: 'There is nothing at POST /channels/slack' },
    ]);
    expect((await request('/channels', '{}')).status).toBe(404);
    expect((await request('/channels/telegram', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
  });
});

describe('pairings', () => {
  it('are approved by an operator with the code, listed and undone', async () => {
    const open = gateway.channels.get('telegram');
    if (open) open.rules = { ...open.rules, access: 'pairing' };
    const write = () =>
      fetch(`${gateway.url}/channels/telegram`, {
        method: 'POST',
        body: '{"text":"hi"}',
        headers: { 'X-Secret': 'open' },
      });
    await write();
    const code = /: ([0-9A-Z]{8})$/.exec(channel.taken[0]?.text ?? '')?.[1] ?? '';
    expect((await call(gateway, 'GET', '/api/v1/conversations/telegram:c1')).status).toBe(404);
    await write();
    expect(channel.taken).toHaveLength(1);

    const path = '/api/v1/channels/telegram/pairings';
    const reader = { Authorization: `Bearer ${TOKENS.read}` };
    expect((await call(gateway, 'POST', path, { code }, reader)).status).toBe(403);
    expect((await call(gateway, 'POST', path, { code: 'WRONG' })).status).toBe(404);
    const approved = await call(gateway, 'POST', path, { code: code.toLowerCase() });
    expect(approved.json).toMatchObject({ channel: 'telegram', user_id: 'ada', user_name: 'Ada' });
    expect(problemsOf('POST', '/api/v1/channels/{type}/pairings', 200, approved.json)).toEqual([]);
    await write();
    expect((await call(gateway, 'GET', '/api/v1/conversations/telegram:c1')).json.message_count).toBe(1);
    expect((await call(gateway, 'GET', path)).json.pairings).toHaveLength(1);
    expect((await call(gateway, 'DELETE', `${path}/ada`)).json).toEqual({ user_id: 'ada', deleted: true });
    expect((await call(gateway, 'DELETE', `${path}/ada`)).status).toBe(404);
  });
});
