import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isAllowedHost } from '../src/allowed-hosts.js';
import { EgressProxy, type EgressRules } from '../src/egress-proxy.js';

describe('allowed hosts', () => {
  const LIST = ['example.org', '*.example.com', 'api.example.net:8443', '127.0.0.1:80', '[::1]:8080', '2001:db8::1'];
  it.each<[string, number, boolean]>([
    ['example.org', 443, true],
    ['EXAMPLE.org.', 80, true],
    ['example.org', 22, false],
    ['www.example.org', 443, false],
    ['evilexample.org', 443, false],
    ['a.b.example.com', 443, true],
    ['example.com', 443, false],
    ['evil-example.com', 443, false],
    ['api.example.net', 8443, true],
    ['api.example.net', 443, false],
    ['127.0.0.1', 80, true],
    ['::1', 8080, true],
    ['2001:db8::1', 443, true],
  ])('%s:%d %s', (host, port, allowed) => expect(isAllowedHost(LIST, host, port)).toBe(allowed));
});

describe('the proxy', () => {
  let folder: string;
  let server: Server;
  let port: number;
  let proxy: EgressProxy;
  let rules: EgressRules;
  const seen: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openclaw-egress-test-'));
    server = createServer((req, res) => {
      seen.push(`${req.method} ${req.url} ${req.headers['proxy-authorization'] ?? ''}`);
      res.setHeader('X-From', 'server');
      res.end('hello');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    proxy = await EgressProxy.open(join(folder, 'p'), () => rules);
  });

  afterAll(async () => {
    await proxy.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function ask(path: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const call = request({
        socketPath: join(folder, 'p/proxy.sock'),
        path,
        headers: { 'Proxy-Authorization': 'secret' },
        agent: false,
      });
      call.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      call.on('error', reject).end();
    });
  }

  async function tunnel(target: string): Promise<string> {
    const socket = connect(join(folder, 'p/proxy.sock'));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    // What is no HTTP at all gets no answer.
    const [answer] = (await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => [Buffer.from('closed')]),
    ])) as [Buffer];
    if (answer.toString().startsWith('HTTP/1.1 200')) {
      socket.write(`GET /tunnelled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const [through] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return through.toString();
    }
    socket.destroy();
    return answer.toString();
  }

  it('passes on what is allowed, without what is for proxies', async () => {
    rules = { allowedHosts: [`127.0.0.1:${port}`, `localhost:${port}`], allowPrivateNetworks: true };
    expect(await ask(`http://127.0.0.1:${port}/path?q=1`)).toEqual({ status: 200, text: 'hello' });
    expect(seen.at(-1)).toBe('GET /path?q=1 ');
    expect(await tunnel(`127.0.0.1:${port}`)).toContain('X-From: server');
  });

  it.each<[string, EgressRules['allowedHosts'], boolean]>([
    ['a host that is not allowed', [], true],
    ['a port that is not allowed', ['127.0.0.1'], true],
    ['an address that is private', ['127.0.0.1:PORT'], false],
  ])('refuses %s', async (_, allowedHosts, allowPrivateNetworks) => {
    rules = { allowedHosts: allowedHosts.map((host) => host.replace('PORT', String(port))), allowPrivateNetworks };
    const before = seen.length;
    expect((await ask(`http://127.0.0.1:${port}/`)).status).toBe(403);
    expect(await tunnel(`127.0.0.1:${port}`)).toMatch(/^HTTP\/1.1 403/);
    expect(seen).toHaveLength(before);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::ffff:7f00:1]', '[::1]'])(
    'refuses this machine, spelled %s, however the list spells it',
    async (host) => {
      const spelled = [host, '127.0.0.1', '::1', '::ffff:7f00:1'].map((name) => `${name}:${port}`);
      rules = { allowedHosts: [...spelled, `[::1]:${port}`, `[::ffff:7f00:1]:${port}`], allowPrivateNetworks: false };
      const before = seen.length;
      expect((await ask(`http://${host}:${port}/`)).status).toBe(403);
      expect(await tunnel(`${host}:${port}`)).toMatch(/^HTTP\/1.1 403/);
      expect(seen).toHaveLength(before);
    },
  );

  it('never connects to link-local addresses, though private networks are open', async () => {
    rules = { allowedHosts: ['169.254.169.254', '[::ffff:169.254.169.254]'], allowPrivateNetworks: true };
    expect((await ask('http://169.254.169.254/')).status).toBe(403);
    expect((await ask('http://[::ffff:a9fe:a9fe]/')).status).toBe(403);
  });

  it('refuses a name that leads to a private address', async () => {
    rules = { allowedHosts: [`localhost:${port}`], allowPrivateNetworks: false };
    expect((await ask(`http://localhost:${port}/`)).status).toBe(403);
    expect(await tunnel(`localhost:${port}`)).toMatch(/^HTTP\/1.1 403/);
  });

  it.each(['/path', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'http://[::1'])('refuses %s', async (path) => {
    rules = { allowedHosts: ['127.0.0.1'], allowPrivateNetworks: true };
    expect((await ask(path)).status).toBe(403);
  });

  it.each(['', '127.0.0.1', 'a b:80', '127.0.0.1:99999'])('refuses CONNECT %j', async (target) => {
    expect(await tunnel(target)).toMatch(/^HTTP\/1.1 403|^closed/);
  });
});
