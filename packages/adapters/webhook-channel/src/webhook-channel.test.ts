import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ChannelHost, ChannelRejected, ChannelUnavailable, Unavailable } from '@openclaw/core';
import { type ChannelFixture, channelPortContract, channelRequest, InMemoryLogger } from '@openclaw/core/testing';
import { createChannel } from './index.js';
import { Signer } from './signature.js';

const SECRET = 'a secret of these tests';
const signer = new Signer(SECRET);
const never = new AbortController().signal;

interface Posted {
  headers: IncomingHttpHeaders;
  raw: string;
  message: { type: string; id: string; chatId: string; text: string };
}

/** Somebody's chat, which takes what is signed. */
class Receiver {
  readonly posted: Posted[] = [];
  /** Answers instead of the usual, once. */
  readonly answers: ((response: ServerResponse) => void)[] = [];
  port = 0;
  private server: Server | undefined;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const message = JSON.parse(raw) as Posted['message'];
        const answer = this.answers.shift();
        if (answer) return answer(response);
        if (message.chatId === 'unknown') return response.writeHead(404).end('there is no such chat here');
        this.posted.push({ headers: request.headers, raw, message });
        response.end(JSON.stringify({ messageId: `m${this.posted.length}` }));
      });
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    if (this.server?.listening) await once(this.server, 'close');
  }
}

let receiver: Receiver;

function open(more: Record<string, unknown> = {}) {
  const settings = { url: `http://127.0.0.1:${receiver.port}/hook?x=1`, secret: SECRET, probeMs: 20, ...more };
  const channel = createChannel({ name: 'webhook', settings, logger: new InMemoryLogger() });
  return channel instanceof Promise ? channel : Promise.resolve(channel);
}

function signed(body: object | string, { id = 'w1', at = Date.now(), secret = SECRET } = {}) {
  const raw = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const seconds = Math.floor(at / 1_000);
  const signature = new Signer(secret).sign(id, seconds, raw);
  return channelRequest({
    body: raw,
    headers: { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature },
  });
}

beforeEach(async () => {
  receiver = new Receiver();
  await receiver.start();
});
afterEach(() => receiver.stop());

describe('the webhook channel', () =>
  channelPortContract(it, async (): Promise<ChannelFixture> => {
    const channel = await open();
    const waiting: (() => Promise<void>)[] = [];
    let last = signed({});
    let host: ChannelHost | undefined;
    const connect = channel.connect.bind(channel);
    channel.connect = (given: ChannelHost, signal: AbortSignal) => {
      host = given;
      return connect(given, signal);
    };
    const deliver = async () => {
      if (host) await channel.receive?.(last, host);
    };
    return {
      channel,
      chatId: 'c1',
      unknownChatId: 'unknown',
      longestPart: 16_000,
      taken: () =>
        receiver.posted.map(({ message }, no) => ({
          ...{ chatId: message.chatId, text: message.text, messageId: `m${no + 1}` },
        })),
      write: async ({ text, from = { id: 'u', name: 'U' } }) => {
        last = signed({ chatId: 'c1', text, from }, { id: `w-${waiting.push(deliver)}` });
        await deliver();
      },
      writeAgain: deliver,
      breakDown: () => receiver.stop(),
      mend: () => receiver.start(),
      stop: () => channel.close(),
    };
  }));

describe('what the webhook channel sends', () => {
  it('is signed, and named alike with each attempt', async () => {
    const channel = await open();
    receiver.answers.push((response) => response.writeHead(503, { 'Retry-After': '7' }).end('busy'));
    const failed = channel.send('c1', 'hello', never, 'msg_1-0');
    await expect(failed).rejects.toMatchObject({ message: 'The receiver answered 503: busy', retryAfterMs: 7_000 });
    await channel.send('c1', 'hello', never, 'msg_1-0');
    const [posted] = receiver.posted;
    if (!posted) throw new Error('nothing was posted');
    const { headers, raw, message } = posted;
    expect(message).toEqual({ type: 'message', id: 'msg_1-0', chatId: 'c1', text: 'hello' });
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers;
    expect(id).toBe('msg_1-0');
    expect(signer.refusal(String(id), String(time), String(signature), Buffer.from(raw))).toBeUndefined();
    await channel.close();
  });

  it.each([
    [400, ChannelRejected],
    [410, ChannelRejected],
    [422, ChannelRejected],
    [401, ChannelUnavailable],
    [429, ChannelUnavailable],
    [500, ChannelUnavailable],
    [302, ChannelUnavailable],
  ])('is refused by a %d as what it is', async (status, kind) => {
    const channel = await open();
    receiver.answers.push((response) => response.writeHead(status, { Location: '/elsewhere' }).end('<b>no</b>'));
    await expect(channel.send('c1', 'x', never)).rejects.toThrow(kind);
    expect(receiver.posted).toEqual([]);
    await channel.close();
  });

  it('may go later when the receiver hangs or breaks off', async () => {
    const channel = await open({ timeoutMs: 1_000 });
    receiver.answers.push(
      (response) => response.destroy(),
      () => undefined,
    );
    for (const why of ['can not be reached', 'did not answer in time']) {
      const sent = channel.send('c1', 'x', never);
      await expect(sent).rejects.toThrow(ChannelUnavailable);
      await expect(sent).rejects.toThrow(why);
    }
    await channel.close();
  });
});

describe('what the webhook channel hears', () => {
  const heard = async (request: ReturnType<typeof signed>, accept = async () => {}) => {
    const channel = await open();
    const reply = await channel.receive?.(request, { accept });
    await channel.close();
    return reply;
  };
  const body = { chatId: 'c1', text: 'hi', from: { id: 'u1' } };

  it('is believed only with a signature that fits and is fresh', async () => {
    expect((await heard(signed(body)))?.status).toBe(202);
    const forged = signed(body, { secret: 'another secret of theirs' });
    expect(await heard(forged)).toMatchObject({ status: 401 });
    expect(await heard(signed(body, { at: Date.now() - 400_000 }))).toMatchObject({ status: 401 });
    expect(await heard(channelRequest({ body: Buffer.from('{}') }))).toMatchObject({ status: 401 });
    const changed = { ...signed(body), body: Buffer.from(JSON.stringify({ ...body, text: 'changed' })) };
    expect(await heard(changed)).toMatchObject({ status: 401 });
    const two = signed(body);
    two.headers = { ...two.headers, 'webhook-signature': `v1,AAAA ${String(two.headers['webhook-signature'])}` };
    expect((await heard(two))?.status).toBe(202);
  });

  it.each([['no json'], ['[]'], [{}], [{ ...body, from: 'me' }], [{ ...body, kind: 'crowd' }], [{ ...body, text: 5 }]])(
    'is told what is wrong with %j',
    async (wrong) => {
      expect(await heard(signed(wrong))).toMatchObject({ status: 400 });
    },
  );

  it('comes again when it could not be stored', async () => {
    const reply = await heard(signed(body), async () => {
      throw new Unavailable('the database is away');
    });
    expect(reply).toMatchObject({ status: 503, headers: { 'Retry-After': '2' } });
  });

  it('comes by POST, to this address alone', async () => {
    expect(await heard({ ...signed(body), method: 'GET' })).toMatchObject({ status: 405 });
    expect(await heard({ ...signed(body), path: '/more' })).toMatchObject({ status: 404 });
  });
});

describe('the settings of the webhook channel', () => {
  it.each([
    [{ url: 'ftp://x', secret: SECRET }, 'channels.webhook.url'],
    [{ url: 'http://x', secret: 'short' }, 'channels.webhook.secret'],
    [{ url: 'http://x', secret: SECRET, timeoutMs: 'soon' }, 'channels.webhook.timeoutMs'],
  ])('%j are refused by name', (settings, name) => {
    expect(() => createChannel({ name: 'webhook', settings, logger: new InMemoryLogger() })).toThrow(name);
  });
});
