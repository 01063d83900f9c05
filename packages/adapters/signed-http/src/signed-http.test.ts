import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AddressRefused } from '@openclaw/core';
import type { ResolveName } from './resolve-name.js';
import { SignedHttp } from './signed-http.js';

let server: Server;
let port: number;
let connections: number;
let answer: (req: IncomingMessage, res: ServerResponse) => void;
let http: SignedHttp | undefined;

beforeEach(async () => {
  connections = 0;
  answer = (_req, res) => void res.end('thanks');
  server = createServer((req, res) => answer(req, res)).on('connection', () => void connections++);
  // All addresses of this machine, the IPv6 ones too where there are some.
  server.listen(0);
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  await http?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function client(allowed: boolean, resolve?: ResolveName): SignedHttp {
  http = new SignedHttp({
    allowPrivateNetworks: () => allowed,
    userAgent: 'OpenClaw-Test',
    connectTimeoutMs: 500,
    ...(resolve && { resolve }),
  });
  return http;
}

function post(to: SignedHttp, url: string, signal: AbortSignal = new AbortController().signal) {
  return to.post({ url, headers: { 'X-Test': 'yes' }, body: Buffer.from('{"a":1}') }, signal);
}

describe('SignedHttp', () => {
  it('posts the bytes as they are, and gives the beginning of the answer', async () => {
    let got = '';
    answer = (req, res) => {
      expect(req.headers).toMatchObject({ 'x-test': 'yes', 'user-agent': 'OpenClaw-Test', 'content-length': '7' });
      req.setEncoding('utf8').on('data', (text: string) => (got += text));
      req.on('end', () => res.writeHead(202).end('x'.repeat(5_000)));
    };
    expect(await post(client(true), `http://127.0.0.1:${port}/hook?a=b`)).toEqual({
      status: 202,
      text: 'x'.repeat(1_024),
    });
    expect(got).toBe('{"a":1}');
  });

  it('uses a connection again', async () => {
    const to = client(true);
    for (let i = 0; i < 5; i++) await post(to, `http://127.0.0.1:${port}/`);
    // The second call may come before the first one's connection is free.
    expect(connections).toBeLessThan(3);
  });

  it('follows no redirect', async () => {
    answer = (_req, res) => void res.writeHead(307, { Location: `http://127.0.0.1:${port}/elsewhere` }).end();
    expect(await post(client(true), `http://127.0.0.1:${port}/`)).toEqual({ status: 307, text: '' });
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
  ])('reads Retry-After: %s', async (value, ms) => {
    answer = (_req, res) => void res.writeHead(429, { 'Retry-After': value }).end();
    expect((await post(client(true), `http://127.0.0.1:${port}/`)).retryAfterMs).toBe(ms);
  });

  it('ends with its signal, wherever the answer hangs', async () => {
    const hanging: ((res: ServerResponse) => void)[] = [() => undefined, (res) => void res.write('a beginning')];
    const to = client(true);
    for (const hang of hanging) {
      const aborter = new AbortController();
      answer = (_req, res) => {
        hang(res);
        setImmediate(() => aborter.abort(new Error('enough')));
      };
      await expect(post(to, `http://127.0.0.1:${port}/`, aborter.signal)).rejects.toThrow('enough');
    }
  });

  it('says in a few words what went wrong', async () => {
    const to = client(true, async () => {
      throw Object.assign(new Error('secret.internal'), { code: 'ENOTFOUND' });
    });
    await expect(post(to, 'http://nowhere.example/')).rejects.toThrow('name not found');
    answer = (req) => void req.socket.destroy();
    await expect(post(to, `http://127.0.0.1:${port}/`)).rejects.toThrow(
      /^connection (reset|closed before the answer)$/,
    );
    answer = (_req, res) => void res.end('no TLS');
    await expect(post(to, `https://127.0.0.1:${port}/`)).rejects.toThrow(/^(TLS: |connection )/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(post(to, `http://127.0.0.1:${port}/`)).rejects.toThrow('connection refused');
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '0177.1',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '127。0。0。1',
    '①②⑦.0.0.1',
    'localhost',
    'LOCALHOST',
  ])('does not connect to http://%s', async (host) => {
    const to = client(false);
    const url = `http://${host}:${port}/`;
    expect(to.refusal(url)).toMatch(/^must be a public address/);
    await expect(post(to, url)).rejects.toThrow(AddressRefused);
    expect(connections).toBe(0);
  });

  it('judges a name by what it is resolved to for the connection itself', async () => {
    let lookups = 0;
    // A name that is harmless when it is looked at, and this machine when it is called.
    const rebinding: ResolveName = async () => [{ address: lookups++ === 0 ? '203.0.114.1' : '127.0.0.1', family: 4 }];
    await rebinding('rebinding.example');
    const to = client(false, rebinding);
    expect(to.refusal(`http://rebinding.example:${port}/`)).toBeUndefined();
    await expect(post(to, `http://rebinding.example:${port}/`)).rejects.toThrow(AddressRefused);
    expect(lookups).toBe(2);
    expect(connections).toBe(0);
  });

  it('leaves private addresses of a name aside', async () => {
    const both: ResolveName = async () => [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
      { address: '2001:db9::1', family: 6 },
    ];
    // Nothing answers at the public one.
    await expect(post(client(false, both), `http://mixed.example:${port}/`)).rejects.not.toThrow(AddressRefused);
    expect(connections).toBe(0);
  });

  it('does not go over a connection that was allowed before', async () => {
    let allowed = true;
    const local: ResolveName = async () => [{ address: '127.0.0.1', family: 4 }];
    http = new SignedHttp({ allowPrivateNetworks: () => allowed, userAgent: 'x', resolve: local });
    const url = `http://switch.example:${port}/`;
    expect((await post(http, url)).status).toBe(200);
    allowed = false;
    await expect(post(http, url)).rejects.toThrow(AddressRefused);
    expect(connections).toBe(1);
  });

  it('is not slowed down at one address by another one that hangs', async () => {
    answer = (req, res) => {
      if (req.url !== '/hangs') res.end();
    };
    const to = client(true);
    const aborter = new AbortController();
    const hanging = Array.from({ length: 40 }, () => post(to, `http://127.0.0.1:${port}/hangs`, aborter.signal));
    expect((await post(to, `http://localhost:${port}/`)).status).toBe(200);
    aborter.abort();
    expect((await Promise.allSettled(hanging)).every(({ status }) => status === 'rejected')).toBe(true);
    // The test's own socket shows that the server still takes connections.
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  });
});
