import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { UpstreamFailed } from '@openclaw/core';
import { TOKENS, type Script, type TestGateway, call, gate, parrot, startGateway } from './gateway.js';

let gateway: TestGateway;
let asked = 0;
beforeAll(async () => {
  gateway = await startGateway();
});
const counting =
  (script: Script): Script =>
  (request, signal) => {
    asked++;
    return script(request, signal);
  };
afterEach(() => {
  gateway.script.run = counting(parrot);
});
afterAll(() => gateway.close());

let keys = 0;
const newKey = () => ({ 'Idempotency-Key': `key ${++keys}` });
const replayed = (answer: { headers: Headers }) => answer.headers.get('idempotent-replayed');

describe('the same request under the same key', () => {
  it.each([
    ['/api/v1/chat', { message: 'hi' }],
    ['/api/v1/message', { message: 'hi' }],
    ['/api/v1/message', { text: 'hi' }],
    ['/api/v1/message', { message: 'hi', wait_for_response: false }],
  ])('%s %j is answered with the first answer, and runs nothing', async (path, body) => {
    gateway.script.run = counting(parrot);
    asked = 0;
    const headers = newKey();
    const first = await call(gateway, 'POST', path, body, headers);
    expect(replayed(first)).toBeNull();
    const again = await call(gateway, 'POST', path, body, headers);
    expect([again.status, again.json, replayed(again)]).toEqual([first.status, first.json, 'true']);
    expect(asked).toBeLessThanOrEqual(1);
  });

  it.each([
    ['/api/v1/chat/stream', { message: 'hi' }],
    ['/api/v1/message/stream', { message: 'hi' }],
    ['/api/v1/message/stream', { text: 'hi' }],
    ['/api/v1/message', { text: 'hi', stream: true }],
  ])('%s %j is a stream again', async (path, body) => {
    gateway.script.run = counting(parrot);
    asked = 0;
    const headers = newKey();
    const first = await call(gateway, 'POST', path, body, headers);
    const again = await call(gateway, 'POST', path, body, headers);
    expect([replayed(first), replayed(again)]).toEqual([null, 'true']);
    expect(again.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(again.headers.get('x-openclaw-message-id')).toBe(first.headers.get('x-openclaw-message-id'));
    const said = (text: string) =>
      [...text.matchAll(/"(?:content|chunk)":"(.*?)"/g)].map(([, content]) => content).join('');
    expect(said(again.text)).toBe(said(first.text));
    expect(said(again.text)).toBe('you said: hi');
    expect(again.text.split('\n').at(-3)).toBe(first.text.split('\n').at(-3));
    expect(asked).toBe(1);
  });

  it('waits for the first while it runs, plain and as a stream', async () => {
    const held = gate();
    const began = gate();
    asked = 0;
    gateway.script.run = counting(async function* (request, signal) {
      yield { type: 'delta', text: 'Well, ' };
      began.open();
      await held.opened;
      yield* parrot(request, signal);
    });
    const plain = newKey();
    const streamed = newKey();
    const ask = (path: string, headers: Record<string, string>) =>
      call(gateway, 'POST', path, { message: 'x' }, headers);
    const first = [ask('/api/v1/chat', plain), ask('/api/v1/chat/stream', streamed)];
    await began.opened;
    const others = [ask('/api/v1/chat', plain), ask('/api/v1/chat', plain), ask('/api/v1/chat/stream', streamed)];
    await new Promise((resolve) => setImmediate(resolve));
    held.open();
    const [whole, stream] = await Promise.all(first);
    const [one, two, attached] = await Promise.all(others);
    expect([one?.json, two?.json]).toEqual([whole?.json, whole?.json]);
    expect([replayed(one!), replayed(attached!)]).toEqual(['true', 'true']);
    expect(attached?.text).toContain('"type":"done"');
    expect(stream?.text.split('\n').at(-3)).toBe(attached?.text.split('\n').at(-3));
    expect(asked).toBe(2);
  });

  it('has its answer although the first caller did not wait for it', async () => {
    for (const path of ['/api/v1/chat', '/api/v1/chat/stream']) {
      const held = gate();
      const began = gate();
      gateway.script.run = async function* (request, signal) {
        began.open();
        await held.opened;
        yield* parrot(request, signal);
      };
      const headers = newKey();
      const leaving = new AbortController();
      const gone = fetch(gateway.url + path, {
        method: 'POST',
        headers: { Authorization: 'Bearer operator-secret', 'Content-Type': 'application/json', ...headers },
        body: '{"message":"x"}',
        signal: leaving.signal,
      }).then((response) => response.text());
      await began.opened;
      leaving.abort();
      await expect(gone).rejects.toThrow();
      held.open();
      const again = await call(gateway, 'POST', path, { message: 'x' }, headers);
      expect([again.status, replayed(again)]).toEqual([200, 'true']);
      expect(again.text).not.toContain('interrupted');
    }
  });

  it('is told the same failure', async () => {
    let fails = true;
    gateway.script.run = async function* (request, signal) {
      if (fails) throw new UpstreamFailed('the provider broke');
      yield* parrot(request, signal);
    };
    const headers = newKey();
    const first = await call(gateway, 'POST', '/api/v1/chat', { message: 'x' }, headers);
    fails = false;
    const again = await call(gateway, 'POST', '/api/v1/chat', { message: 'x' }, headers);
    expect([again.status, again.json, replayed(again)]).toEqual([502, first.json, 'true']);
    expect(replayed(first)).toBeNull();
    const stream = await call(gateway, 'POST', '/api/v1/message/stream', { message: 'x' }, newKey());
    expect(stream.text).toContain('"type":"end"');
  });

  it('can time out again', async () => {
    const held = gate();
    gateway.script.run = async function* (request, signal) {
      await held.opened;
      yield* parrot(request, signal);
    };
    const headers = newKey();
    const body = { message: 'x', timeout_ms: 5 };
    const first = await call(gateway, 'POST', '/api/v1/message', body, headers);
    const again = await call(gateway, 'POST', '/api/v1/message', body, headers);
    expect([again.status, again.json, replayed(again)]).toEqual([408, first.json, 'true']);
    held.open();
    let last = again;
    while (last.status === 408) last = await call(gateway, 'POST', '/api/v1/message', body, headers);
    expect([last.status, replayed(last)]).toEqual([200, 'true']);
  });

  it('finds its conversation deleted', async () => {
    const headers = newKey();
    const body = { message: 'x', conversationId: 'deleted-later' };
    await call(gateway, 'POST', '/api/v1/chat', body, headers);
    await call(gateway, 'DELETE', '/api/v1/conversations/deleted-later');
    expect((await call(gateway, 'POST', '/api/v1/chat', body, headers)).status).toBe(404);
  });
});

describe('a key', () => {
  it('that was used for another body or path is a conflict', async () => {
    const headers = newKey();
    await call(gateway, 'POST', '/api/v1/chat', { message: 'one' }, headers);
    const body = await call(gateway, 'POST', '/api/v1/chat', { message: 'two' }, headers);
    expect([body.status, body.json.error]).toEqual([409, 'conflict']);
    const path = await call(gateway, 'POST', '/api/v1/chat/stream', { message: 'one' }, headers);
    expect([path.status, path.json.error]).toEqual([409, 'conflict']);
  });

  it('is its tenant’s own', async () => {
    const headers = newKey();
    const mine = await call(gateway, 'POST', '/api/v1/chat', { message: 'one' }, headers);
    const token = { Authorization: `Bearer ${TOKENS.other}` };
    const theirs = await call(gateway, 'POST', '/api/v1/chat', { message: 'two' }, { ...headers, ...token });
    expect([theirs.status, replayed(theirs)]).toEqual([200, null]);
    expect(theirs.json.id).not.toBe(mine.json.id);
  });

  it('is not used up by a request that is refused', async () => {
    const headers = newKey();
    for (const body of [{ message: '' }, { message: 'x', model: 'nobody-knows' }])
      expect((await call(gateway, 'POST', '/api/v1/chat', body, headers)).status).toBe(400);
    expect((await call(gateway, 'POST', '/api/v1/chat', { message: 'x' }, headers)).status).toBe(200);
  });

  it.each([['x'.repeat(256)], ['caf\u00e9'], ['']])('must be printable and short: %j', async (key) => {
    for (const path of ['/api/v1/chat', '/api/v1/send', '/api/v1/message/stream']) {
      const body = { message: 'x', channel: 'telegram', chatId: '1' };
      const answer = await call(gateway, 'POST', path, body, { 'Idempotency-Key': key });
      expect([answer.status, answer.json.details.errors?.[0]?.field]).toEqual([400, 'Idempotency-Key']);
    }
  });

  it('on /send is left as it is by a channel that is not configured', async () => {
    const headers = newKey();
    const body = { message: 'x', channel: 'telegram', chatId: '1' };
    expect((await call(gateway, 'POST', '/api/v1/send', body, headers)).status).toBe(503);
    expect((await call(gateway, 'POST', '/api/v1/chat', { message: 'x' }, headers)).status).toBe(200);
  });
});
