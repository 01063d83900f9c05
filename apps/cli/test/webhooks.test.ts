import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Installation } from './harness.js';

let installation: Installation;
let receiver: Server;
let url: string;
let status = 500;

beforeAll(async () => {
  receiver = createServer((req, res) => void req.resume().on('end', () => res.writeHead(status).end()));
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  installation = await Installation.withDatabase();
  const outgoing = [{ url, secret: 'a-secret', events: ['message.sent'], retry: { maxAttempts: 1 } }];
  const api = { webhooks: { allowPrivateNetworks: true, outgoing } };
  await installation.write('gateway.yaml', JSON.stringify({ api }));
  await installation.startGateway();
});

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

interface Listed {
  webhooks: { id: string }[];
  total: number;
}

/** The endpoints of the configuration are stored just after the gateway has come up. */
async function webhookId(): Promise<string> {
  for (;;) {
    const { webhooks } = (await installation.json(['webhooks', 'list'])) as Listed;
    if (webhooks[0]) return webhooks[0].id;
  }
}

/** What was given up, once something was. */
async function dead(id: string): Promise<{ id: string }> {
  for (;;) {
    const page = await installation.json(['webhooks', 'deliveries', id, '--state', 'dead', '--limit', '1']);
    const [delivery] = (page as { deliveries: { id: string; event: string }[] }).deliveries;
    if (delivery?.event === 'message.sent') return delivery;
  }
}

describe('openclaw webhooks', () => {
  it('shows who gets events, without secrets', async () => {
    const id = await webhookId();
    const { code, stdout } = await installation.run(['webhooks', 'list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^WEBHOOK +STATE +FROM +URL +EVENTS\\n${id} +(active|failing) +config +${url} +message.sent`),
    );
    expect(stdout).not.toContain('a-secret');
  });

  it('tests one, and says by its exit code how it went', async () => {
    const id = await webhookId();
    status = 500;
    expect(await installation.run(['webhooks', 'test', id])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/The endpoint did not take it: 500, \d+ ms/),
    });
    expect((await installation.run(['webhooks', 'test', id, '--json'])).code).toBe(1);
    status = 204;
    expect(await installation.run(['webhooks', 'test', id])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Delivered: 204, \d+ ms\n$/),
    });
    expect(await installation.json(['webhooks', 'test', id])).toMatchObject({
      delivered: true,
      attempt: { status: 204 },
    });
  });

  it('shows what was given up, and sends it again', async () => {
    const id = await webhookId();
    status = 500;
    await installation.run(['agent', '--message', 'hello']);
    const delivery = await dead(id);
    const shown = await installation.run(['webhooks', 'deliveries', id, '--state', 'dead']);
    expect(shown.stdout).toMatch(/^DELIVERY +EVENT +STATE +ATTEMPTS +LAST +CREATED\n/);
    expect(shown.stdout).toMatch(new RegExp(`${delivery.id} +message.sent +dead +1 +500, \\d+ ms`));
    status = 204;
    expect(await installation.run(['webhooks', 'redeliver', delivery.id])).toMatchObject({
      code: 0,
      stdout: `Will be sent again: ${delivery.id}\n`,
    });
    expect(await installation.json(['webhooks', 'redeliver', id, '--since', '1h'])).toEqual({ redelivered: 0 });
  });

  it('says what is wrong', async () => {
    expect(await installation.run(['webhooks', 'test', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no webhook "nobody"'),
    });
    expect((await installation.run(['webhooks', 'deliveries'])).code).toBe(2);
    expect((await installation.run(['webhooks', 'redeliver', 'x', '--since', 'soon'])).code).toBe(2);
  });
});
