import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AgentRunner, ProviderError, type ProviderTransport, type RunEvent } from '@openclaw/core';
import { UndiciTransport } from '@openclaw/adapter-undici';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { collectRun, failureOf, runRequest } from '@openclaw/core/testing';
import type { Behaviour } from './behaviour.js';
import { type ModelServer, startModelServer } from './model-server.js';

export interface ProviderUnderTest {
  /** The runner's name for its provider is `upstream`. */
  runner(transport: ProviderTransport, apiKey?: string): AgentRunner & { close(): Promise<void> };
  /** The base URL for a server at this origin. */
  baseUrl(origin: string): string;
  /** How the provider's protocol says that the answer got too long. */
  lengthReason: string;
}

const IDLE_MS = 300;
const KEY = 'sk-very-secret-0123456789';

/** What a streaming provider may do wrong, and what becomes of it: the same for every protocol. */
export function describeStreamedProvider(name: string, subject: ProviderUnderTest): void {
  describe(`${name} against a provider that misbehaves`, () => {
    let server: ModelServer;
    let runner: ReturnType<ProviderUnderTest['runner']>;
    const signal = () => new AbortController().signal;
    const run = (content = 'one two three') => runner.run(runRequest(content), signal());
    const open = (origin: string, settings = {}) =>
      subject.runner(
        new UndiciTransport({ baseUrl: subject.baseUrl(origin), idleTimeoutMs: IDLE_MS, ...settings }),
        KEY,
      );

    beforeAll(async () => {
      server = await startModelServer();
      runner = open(server.url);
    });
    beforeEach(() => server.reset());
    afterAll(async () => {
      await runner.close();
      await server.close();
    });

    it.each<[string, Behaviour]>([
      ['cut inside characters and lines', { splitEvery: 1 }],
      ['in odd portions', { splitEvery: 7, lineEnd: '\r\n' }],
      ['with CRLF line ends', { lineEnd: '\r\n' }],
      ['with CR line ends', { lineEnd: '\r' }],
      ['slowly, chunk by chunk', { delayMs: 5 }],
    ])('reads an answer that comes %s', async (_how, behaviour) => {
      server.next(behaviour);
      const { text, last } = await collectRun(run('naïve 안녕 🎉'));
      expect(text).toBe('echo: naïve 안녕 🎉');
      expect(last).toMatchObject({ type: 'finished', model: 'model-a', usage: { inputTokens: 1, outputTokens: 4 } });
    });

    it('passes each chunk on before the next one comes', async () => {
      const gate = server.hold({ holdAfter: 1 });
      const events = run()[Symbol.asyncIterator]();
      expect(await events.next()).toEqual({ done: false, value: { type: 'delta', text: 'echo: ' } });
      gate.open();
      // The rest comes in one write; who reads along hears of each of its words.
      const text = 'one two three';
      expect(await events.next()).toMatchObject({ value: { type: 'delta', text, pieces: ['one ', 'two ', 'three'] } });
      await events.return?.();
    });

    it('lets the first word go, and joins what arrives with it; all of it where nobody reads along', async () => {
      const chunks = ['one ', 'two ', 'three'];
      const deltas = async (whole: boolean) => {
        server.next({ chunks });
        const said: RunEvent[] = [];
        for await (const event of runner.run(runRequest('count', { whole }), signal())) said.push(event);
        return said.slice(0, -1);
      };
      expect(await deltas(false)).toEqual([
        { type: 'delta', text: 'one ' },
        { type: 'delta', text: 'two three', pieces: ['two ', 'three'] },
      ]);
      expect(await deltas(true)).toEqual([{ type: 'delta', text: 'one two three' }]);
    });

    it('takes an empty answer and one that got too long for answers', async () => {
      server.next({ chunks: [] }, { finishReason: subject.lengthReason });
      expect(await collectRun(run())).toMatchObject({ text: '', last: { type: 'finished' } });
      expect(await collectRun(run())).toMatchObject({ text: 'echo: one two three', last: { type: 'finished' } });
    });

    it('keeps its connections for the answers to come', async () => {
      const single = open(server.url);
      for (let i = 0; i < 5; i++) await collectRun(single.run(runRequest('hello'), signal()));
      await single.close();
      // Two take turns when an answer's end travels apart from its last event.
      expect(new Set(server.requests.map(({ connection }) => connection)).size).toBeLessThan(3);
    });

    it.each<[string, Behaviour, string]>([
      ['destroyed before the first chunk', { cut: { after: 0, how: 'destroy' } }, 'broke'],
      ['destroyed in the middle', { cut: { after: 2, how: 'destroy' } }, 'broke'],
      ['ended in the middle', { cut: { after: 2, how: 'end' } }, 'broke off in the middle of the answer'],
      ['ended without a finish', { finishReason: null }, 'broke off in the middle of the answer'],
      ['ended before it began', { raw: [] }, 'broke off in the middle of the answer'],
      ['silent before the headers', { stall: 'headers' }, 'did not answer in time'],
      ['silent before the first chunk', { stall: 0 }, 'fell silent'],
      ['silent in the middle', { stall: 2 }, 'fell silent'],
    ])('a stream that is %s is a failure that may pass', async (_how, behaviour, words) => {
      server.next(behaviour);
      const failure = await failureOf(run());
      expect(failure.message).toContain(`The model provider "upstream" `);
      expect(failure.message).toContain(words);
      expect(failure.retryable).toBe(true);
      await server.requests[0]?.closed;
    });

    it.each<[string, Behaviour, string]>([
      [
        'an HTML page',
        { body: '<!doctype html><h1>Hi</h1>', headers: { 'content-type': 'text/html' } },
        'an HTML page',
      ],
      ['a JSON body', { body: { hello: 'there' } }, '{"hello":"there"}'],
      ['an HTML page that calls itself a stream', { raw: ['<html>\n<body>\n\ndata: <p>\n\n'] }, 'no JSON: <p>'],
      ['half a JSON object', { raw: ['event: message_start\ndata: {"type":"mess\n\n'] }, 'no JSON: {"type":"mess'],
      ['a number', { raw: ['data: 7\n\n'] }, 'sent something that is no'],
      ['null', { raw: ['data: null\n\n'] }, 'sent something that is no'],
      ['a line without an end', { flood: 'line' }, 'does not stop talking'],
      ['events without an end', { flood: 'events' }, 'does not stop talking'],
    ])('%s is a failure that trying again does not mend', async (_what, behaviour, words) => {
      server.next(behaviour);
      const failure = await failureOf(run());
      expect(failure.message).toContain(words);
      expect(failure.message).not.toContain('<h1>');
      expect(failure.retryable).toBe(false);
      await server.requests[0]?.closed;
    });

    it.each([
      { type: 'content_block_delta' },
      { type: 'message_start', message: 3 },
      { choices: 'none', model: 5, usage: 'lots' },
      { choices: [null] },
      { choices: [{ delta: { content: { text: 'x' } } }] },
      [],
    ])('is not thrown off its feet by %j', async (body) => {
      server.next({ raw: [`data: ${JSON.stringify(body)}\n\n`] });
      expect(await failureOf(run())).toBeInstanceOf(ProviderError);
    });

    it.each<[number, boolean]>([
      [400, false],
      [401, false],
      [403, false],
      [404, false],
      [408, true],
      [409, true],
      [429, true],
      [500, true],
      [502, true],
      [503, true],
      [529, true],
      [302, false],
    ])('status %i: worth another try: %s', async (status, retryable) => {
      server.next({ status, body: { error: { message: 'No, because of reasons', type: 'some_error' } } });
      const failure = await failureOf(run());
      expect(failure).toMatchObject({
        message: `The model provider "upstream" answered ${status}: No, because of reasons`,
        status,
        retryable,
        retryAfterMs: undefined,
      });
    });

    it('knows how long it is asked to wait', async () => {
      const in5s = new Date(Date.now() + 5_000).toUTCString();
      server.next(
        { status: 429, body: '', headers: { 'retry-after': '7' } },
        { status: 429, body: '', headers: { 'retry-after': '7', 'retry-after-ms': '1234' } },
        { status: 503, body: '', headers: { 'retry-after': in5s } },
      );
      expect((await failureOf(run())).retryAfterMs).toBe(7_000);
      expect((await failureOf(run())).retryAfterMs).toBe(1_234);
      const wait = (await failureOf(run())).retryAfterMs ?? -1;
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(5_000);
    });

    it('quotes briefly, in one line, and never its key', async () => {
      server.next(
        { status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}.\nSee the docs.` } } },
        { status: 502, body: '<html><body>Bad Gateway</body></html>', headers: { 'content-type': 'text/html' } },
        { status: 500, body: 'é'.repeat(100_000) },
        { status: 500, body: `Oops ${KEY}` },
        { raw: [`data: ${KEY} is the key\n\n`] },
      );
      expect((await failureOf(run())).message).toMatch(
        /answered 401: Incorrect API key provided: \*\*\*\. See the docs\.$/,
      );
      expect((await failureOf(run())).message).toMatch(/answered 502: an HTML page$/);
      expect((await failureOf(run())).message.length).toBeLessThan(360);
      expect((await failureOf(run())).message).toMatch(/answered 500: Oops \*\*\*$/);
      expect((await failureOf(run())).message).not.toContain(KEY);
      expect(JSON.stringify(server.requests[0]?.headers)).toContain(KEY);
    });

    it.each(['headers', 0, 2] as const)('an abort closes the connection at once (silent after: %s)', async (stall) => {
      server.next({ stall });
      const patient = open(server.url, { idleTimeoutMs: 60_000 });
      const controller = new AbortController();
      const reason = new Error('the caller left');
      const outcome = collectRun(patient.run(runRequest('one two three'), controller.signal));
      const request = await server.arrival(1);
      controller.abort(reason);
      await expect(outcome).rejects.toBe(reason);
      await request.closed;
      expect(request.aborted).toBe(true);
      await patient.close();
    });

    it('a consumer that leaves closes the connection at once', async () => {
      server.next({ stall: 1 });
      for await (const event of run()) if (event.type === 'delta') break;
      const [request] = server.requests;
      await request?.closed;
      expect(request?.aborted).toBe(true);
    });

    it('a provider that does not take calls is a failure that may pass', async () => {
      const gone = await startModelServer();
      const { url } = gone;
      await gone.close();
      const left = open(url);
      expect(await failureOf(left.run(runRequest('hello'), signal()))).toMatchObject({
        message: 'The model provider "upstream" could not be reached: connection refused',
        retryable: true,
        status: undefined,
      });
      await left.close();
    });

    it('a connection that does not come to stand is a failure that may pass', async () => {
      await withSilentServer(async (port) => {
        const stuck = open(`https://127.0.0.1:${port}`, { connectTimeoutMs: 200, idleTimeoutMs: 60_000 });
        const failure = await failureOf(stuck.run(runRequest('hello'), signal()));
        expect(failure.message).toBe('The model provider "upstream" could not be reached in time');
        expect(failure.retryable).toBe(true);
        await stuck.close();
      });
    });

    it('checks for a sign of life, and takes a 404 for one', async () => {
      await runner.check(signal());
      expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/models' });
      server.next({ status: 404, body: '' });
      await runner.check(signal());
      server.next({ status: 401, body: { error: { message: 'Who are you?' } } });
      await expect(runner.check(signal())).rejects.toMatchObject({ status: 401, retryable: false });
      server.next({ stall: 'headers' });
      await expect(runner.check(signal())).rejects.toThrow('did not answer in time');
      server.next({ stall: 'headers' });
      const controller = new AbortController();
      const check = runner.check(controller.signal);
      controller.abort(new Error('never mind'));
      await expect(check).rejects.toThrow('never mind');
    });

    it('lets running answers end before it closes', async () => {
      const gate = server.hold({ holdAfter: 1 });
      const own = open(server.url, { idleTimeoutMs: 60_000 });
      const answer = collectRun(own.run(runRequest('one two three'), signal()));
      await gate.reached;
      const closed = own.close();
      gate.open();
      expect((await answer).text).toBe('echo: one two three');
      await closed;
    });
  });
}

/** A server that takes connections and never says a word. */
async function withSilentServer(use: (port: number) => Promise<void>): Promise<void> {
  const silent: Server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  try {
    await use((silent.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => silent.close(resolve));
  }
}
