import { expect, it } from '@jest/globals';
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { freshDatabase, later, startGateway } from '../harness/index.js';

/** A reverse proxy as people put one before the gateway: it adds the address that it was called from, here one of its caller's choice. */
async function startProxy(target: string): Promise<string> {
  const proxy = createServer((req, res) => {
    const forwarded = [req.headers['x-forwarded-for'], req.headers['x-test-address']].filter(Boolean).join(', ');
    const onward = request(
      target + req.url,
      { method: req.method, headers: { ...req.headers, 'x-forwarded-for': forwarded } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(res);
      },
    );
    req.pipe(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  later(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await once(proxy, 'close');
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

it('lets in whom api.security.allowedIPs names, through a trusted proxy and not around it', async () => {
  const gateway = await startGateway({
    database: await freshDatabase(),
    config: {
      gateway: { trustedProxies: ['127.0.0.1'] },
      api: { security: { allowedIPs: ['203.0.113.0/24', '2001:db8::/32'] } },
      providers: { primary: { type: 'echo' } },
    },
  });
  const proxy = await startProxy(gateway.url);
  const status = async (address: string, path = '/api/v1/models', forged?: string) => {
    const response = await fetch(proxy + path, {
      headers: {
        Authorization: `Bearer ${gateway.operatorToken}`,
        'X-Test-Address': address,
        ...(forged !== undefined && { 'X-Forwarded-For': forged }),
      },
    });
    await response.arrayBuffer();
    return response.status;
  };
  expect(await status('203.0.113.9')).toBe(200);
  expect(await status('2001:db8::1')).toBe(200);
  expect(await status('::ffff:203.0.113.9')).toBe(200);
  expect(await status('198.51.100.1')).toBe(403);
  // What the caller itself claims counts for nothing.
  expect(await status('198.51.100.1', '/api/v1/models', '203.0.113.9')).toBe(403);
  expect(await status('198.51.100.1', '/health')).toBe(403);

  const direct = await gateway.fetch('/api/v1/models');
  expect(direct.status).toBe(403);
  expect(await direct.json()).toMatchObject({ error: 'forbidden', message: expect.stringContaining('address') });
  expect((await gateway.fetch('/health', { token: null })).status).toBe(200);
});
