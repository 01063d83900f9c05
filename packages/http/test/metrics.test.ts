import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CallFacts, Metrics } from '@openclaw/core';
import { call, gate, OPERATOR, SETTINGS, startGateway, type TestGateway, TOKENS } from './gateway.js';

class KeptMetrics extends Metrics {
  readonly calls: Omit<CallFacts, 'seconds'>[] = [];
  open = 0;

  call({ seconds, ...facts }: CallFacts): void {
    if (!(seconds >= 0)) throw new Error(`${seconds} is no duration`);
    this.calls.push(facts);
  }

  streams(change: 1 | -1): void {
    this.open += change;
  }

  modelCall(): void {
    // Told elsewhere.
  }

  turnAnswered(): void {
    // Told elsewhere.
  }

  webhookAttempt(): void {
    // Told elsewhere.
  }
}

let metrics: KeptMetrics;
let gateway: TestGateway;
beforeEach(async () => {
  metrics = new KeptMetrics();
  gateway = await startGateway({}, undefined, { metrics });
});
afterEach(() => gateway.close());

const read = (headers: Record<string, string>) => call(gateway, 'GET', '/metrics', undefined, headers);

describe('/metrics', () => {
  it('is open to callers on this machine', async () => {
    const answer = await read({ Authorization: '' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(answer.text).toBe('up 1\n');
  });

  it.each(['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP'])(
    'wants a token that may read from whoever comes through a proxy (%s)',
    async (header) => {
      const through = { [header]: '203.0.113.9' };
      expect((await read({ ...through, Authorization: '' })).status).toBe(401);
      expect((await read({ ...through, Authorization: `Bearer ${TOKENS.chat}` })).status).toBe(403);
      expect((await read({ ...through, Authorization: `Bearer ${TOKENS.read}` })).status).toBe(200);
    },
  );

  it('wants a token from another machine, as a trusted proxy tells it', async () => {
    gateway.settings.value = { ...SETTINGS, trustedProxies: ['127.0.0.1'] };
    expect((await read({ 'X-Forwarded-For': '203.0.113.9', Authorization: '' })).status).toBe(401);
  });

  it('wants its own token, and no other, where there is one', async () => {
    gateway.settings.value = { ...SETTINGS, metricsToken: 'scraper' };
    for (const header of ['', 'Bearer wrong', `Bearer ${OPERATOR}`])
      expect((await read({ Authorization: header })).status).toBe(401);
    expect((await read({ Authorization: 'Bearer scraper' })).status).toBe(200);
  });

  it('is not counted against a limit', async () => {
    const answer = await read({ Authorization: '' });
    expect(answer.headers.get('x-ratelimit-limit')).toBeNull();
  });
});

describe('calls', () => {
  it('are told by their route, whatever their path', async () => {
    await call(gateway, 'GET', '/api/v1/conversations/one');
    await call(gateway, 'GET', '/api/v1/conversations/two', undefined, { Authorization: '' });
    await call(gateway, 'POST', '/api/v1/chat', { message: 'hi' });
    await call(gateway, 'PUT', '/api/v1/chat');
    await call(gateway, 'GET', '/api/v1/none/of/these');
    const conversation = { method: 'GET', route: '/api/v1/conversations/:id' };
    expect(metrics.calls).toEqual([
      { ...conversation, status: 404 },
      { ...conversation, status: 401 },
      { method: 'POST', route: '/api/v1/chat', status: 200 },
      { method: 'PUT', route: '/api/v1/chat', status: 405 },
      { method: 'GET', route: undefined, status: 404 },
    ]);
  });

  it('that stream count for as long as they do', async () => {
    const end = gate();
    gateway.script.run = async function* (request) {
      yield { type: 'delta', text: 'one' };
      await end.opened;
      yield { type: 'finished', model: request.choice.model };
    };
    const response = await fetch(`${gateway.url}/api/v1/chat/stream`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ message: 'hi' }),
    });
    expect(metrics.open).toBe(1);
    expect(metrics.calls).toEqual([]);
    end.open();
    await response.text();
    // The next call is answered after the one before it was put away.
    await call(gateway, 'GET', '/health');
    expect(metrics.open).toBe(0);
    expect(metrics.calls[0]).toEqual({ method: 'POST', route: '/api/v1/chat/stream', status: 200 });
  });
});
