import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR, TOKENS, type TestGateway, call, startGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  for (const id of ['one', 'two', 'three']) {
    await call(gateway, 'POST', '/api/v1/message', { message: `about ${id}`, conversation_id: id });
  }
  await call(gateway, 'POST', '/api/v1/message', { message: 'more', conversation_id: 'one', channel: 'telegram' });
});
afterAll(() => gateway.close());

describe('conversations', () => {
  it('are listed newest first, in pages', async () => {
    const all = await call(gateway, 'GET', '/api/v1/conversations?limit=20&offset=0');
    expect(all.json).toMatchObject({ total: 3, limit: 20, offset: 0 });
    expect(all.json.next_cursor).toBeUndefined();
    expect(all.json.conversations[2]).toEqual({
      id: 'one',
      channel: 'api',
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_message_at: expect.stringMatching(/Z$/),
      message_count: 4,
      summary: 'about one',
    });
    const first = await call(gateway, 'GET', '/api/v1/conversations?limit=2');
    expect(first.json.conversations).toHaveLength(2);
    const rest = await call(gateway, 'GET', `/api/v1/conversations?limit=2&cursor=${first.json.next_cursor}`);
    const ids = [...first.json.conversations, ...rest.json.conversations].map((c: { id: string }) => c.id);
    expect(ids.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('are read with their messages, page by page', async () => {
    const whole = await call(gateway, 'GET', '/api/v1/conversations/one');
    expect(whole.json).toMatchObject({ id: 'one', message_count: 4 });
    expect(whole.json.messages.map((m: { role: string }) => m.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    expect(whole.json.messages[0]).toEqual({
      id: expect.stringMatching(/^msg_/),
      role: 'user',
      content: 'about one',
      created_at: expect.stringMatching(/Z$/),
    });
    expect(whole.json.messages[1]).toMatchObject({
      model: 'm1',
      tokens: { input: 7, output: 3, total: 10 },
      skills_used: [],
    });
    const newest = await call(gateway, 'GET', '/api/v1/conversations/one?limit=3');
    expect(newest.json.messages[0].content).toBe('you said: about one');
    const older = await call(gateway, 'GET', `/api/v1/conversations/one?before=${newest.json.previous_cursor}`);
    expect(older.json.messages.map((m: { content: string }) => m.content)).toEqual(['about one']);
    expect(older.json.previous_cursor).toBeUndefined();
  });

  it('belong to their tenant', async () => {
    const asNeighbour = { Authorization: `Bearer ${TOKENS.other}` };
    expect((await call(gateway, 'GET', '/api/v1/conversations/one', undefined, asNeighbour)).status).toBe(404);
    expect((await call(gateway, 'DELETE', '/api/v1/conversations/one', undefined, asNeighbour)).status).toBe(404);
    expect((await call(gateway, 'GET', '/api/v1/conversations', undefined, asNeighbour)).json.total).toBe(0);
  });

  it('are deleted once', async () => {
    await call(gateway, 'POST', '/api/v1/message', { message: 'x', conversation_id: 'a/b c' });
    const path = `/api/v1/conversations/${encodeURIComponent('a/b c')}`;
    expect((await call(gateway, 'DELETE', path)).json).toEqual({ id: 'a/b c', deleted: true });
    expect((await call(gateway, 'DELETE', path)).json).toMatchObject({ error: 'not_found', status: 404, details: {} });
  });

  it.each([
    ['limit=abc', 'limit'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['offset=-1', 'offset'],
    ['since=garbage', 'since'],
    ['until=2026-02-30', 'until'],
    ['cursor=%21', 'cursor'],
    ['cursor=bm9wZQ', 'cursor'],
    ['channel=', 'channel'],
  ])('refuse ?%s', async (query, field) => {
    const answer = await call(gateway, 'GET', `/api/v1/conversations?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json.details.errors).toEqual([{ field, message: expect.stringContaining(field) }]);
  });

  it('tell all that is wrong at once', async () => {
    const answer = await call(gateway, 'GET', '/api/v1/conversations?limit=x&offset=y&since=z');
    expect(answer.json.details.errors.map((e: { field: string }) => e.field)).toEqual(['limit', 'offset', 'since']);
  });
});

describe('operations', () => {
  it('tell health to anybody', async () => {
    for (const path of ['/health', '/api/v1/health']) {
      const answer = await fetch(gateway.url + path);
      expect(await answer.json()).toEqual({ status: 'ok', version: '1.2.3', uptime_seconds: expect.any(Number) });
    }
    gateway.health.isReady = false;
    const draining = await fetch(`${gateway.url}/health`);
    expect([draining.status, (await draining.json()) as unknown]).toMatchObject([503, { status: 'draining' }]);
    gateway.health.isReady = true;
  });

  it('tell health in detail', async () => {
    const ok = await call(gateway, 'GET', '/health/detail');
    expect(ok.json).toMatchObject({ status: 'ok', database: { status: 'ok' }, skills: { status: 'ok' } });
    gateway.health.database = { status: 'down', error: 'away' };
    const down = await call(gateway, 'GET', '/health/detail');
    expect([down.status, down.json.status]).toEqual([503, 'down']);
    gateway.health.database = { status: 'ok' };
  });

  it('tell the status in both documents words', async () => {
    const { json } = await call(gateway, 'GET', '/api/v1/status');
    expect(json).toMatchObject({
      status: 'running',
      uptime_seconds: 5,
      gateway: { port: 18789, bind: '127.0.0.1', auth_enabled: true },
      reasoning: { primary_provider: 'primary', primary_model: 'm1', total_requests: 4, avg_latency_ms: 20 },
      success: true,
      data: {
        gateway: { status: 'running', version: '1.2.3', uptime: 5 },
        models: { available: 2, default: 'm1' },
        sessions: { active: 0, total: 1 },
      },
    });
  });

  it('list the models', async () => {
    expect((await call(gateway, 'GET', '/api/v1/models')).json).toEqual({
      models: [
        { id: 'm1', provider: 'primary', default: true },
        { id: 'm2', provider: 'primary', default: false },
      ],
      default: 'm1',
    });
  });

  it('show and change the configuration', async () => {
    expect((await call(gateway, 'GET', '/api/v1/config')).json).toMatchObject({ gateway: { port: 18789 } });
    for (const path of ['gateway/auth', 'gateway.auth']) {
      expect((await call(gateway, 'GET', `/api/v1/config/${path}`)).json).toEqual({
        success: true,
        data: { enabled: true, token: '***REDACTED***' },
      });
    }
    expect((await call(gateway, 'GET', '/api/v1/config/nope')).json).toMatchObject({ status: 404, success: false });
    expect((await call(gateway, 'PUT', '/api/v1/config', { api: {} })).json).toMatchObject({
      config: { api: {} },
      applied: ['api'],
      restart_required: true,
      restart_paths: ['gateway.port'],
    });
    expect((await call(gateway, 'PUT', '/api/v1/config', { nonsense: 1 })).status).toBe(400);
    expect((await call(gateway, 'PUT', '/api/v1/config', [])).status).toBe(400);
  });

  it('show the log', async () => {
    const { json } = await call(gateway, 'GET', '/api/v1/logs?lines=1&component=gateway&level=info&since=2020-01-01');
    expect(json.logs).toHaveLength(1);
    expect(json.logs[0]).toMatchObject({
      level: 'info',
      component: 'gateway',
      message: 'request',
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(json.total).toBeGreaterThan(1);
    for (const query of ['lines=0', 'lines=1001', 'level=loud', 'component=kitchen', 'since=x']) {
      expect((await call(gateway, 'GET', `/api/v1/logs?${query}`)).status).toBe(400);
    }
  });

  it('say truthfully that no channel is there', async () => {
    const body = { channel: 'telegram', chatId: '1', message: 'x' };
    const known = await call(gateway, 'POST', '/api/v1/send', body);
    expect([known.status, known.json.error]).toEqual([503, 'service_unavailable']);
    expect(known.json.message).toContain('telegram is not configured');
    const unknown = await call(gateway, 'POST', '/api/v1/send', { ...body, channel: 'pigeon' });
    expect(unknown.status).toBe(400);
    expect(unknown.json.details.available).toEqual(['telegram', 'discord', 'slack', 'webhook']);
    expect((await call(gateway, 'POST', '/api/v1/send', { channel: 'telegram' })).json.details.errors).toHaveLength(2);
  });

  it('write one line for each call, with no query and no secret', async () => {
    gateway.logger.entries.length = 0;
    await call(gateway, 'GET', '/api/v1/conversations?channel=private', undefined, { 'X-Request-Id': 'mine-1' });
    // The line is written when the response has closed, which the next call on the connection has to wait for.
    await call(gateway, 'GET', '/health');
    const lines = gateway.logger.entries.filter((entry) => entry.request_id === 'mine-1');
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'request',
        component: 'gateway',
        method: 'GET',
        path: '/api/v1/conversations',
        status: 200,
        ms: expect.any(Number),
        token_name: 'operator',
        tenant: 'default',
        address: '127.0.0.1',
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain(OPERATOR);
    expect(JSON.stringify(lines)).not.toContain('private');
  });
});
