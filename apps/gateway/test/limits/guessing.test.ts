import { expect, it } from '@jest/globals';
import { freshDatabase, REPLICA_ENV, startGateway } from '../harness/index.js';

const FROM_AFAR = { 'X-Forwarded-For': '192.0.2.66' };

it('locks an address out on every replica, and lets a right token in from there', async () => {
  const database = await freshDatabase();
  const config = {
    gateway: { trustedProxies: ['127.0.0.0/8'], auth: { rateLimit: { maxAttempts: 4, lockoutMs: 120_000 } } },
    providers: { primary: { type: 'echo' } },
  };
  const [one, two] = await Promise.all([1, 2].map(() => startGateway({ database, config, env: REPLICA_ENV })));
  if (!one || !two) throw new Error('two were started');
  const guess = async (gateway: typeof one, token: string, headers: Record<string, string> = FROM_AFAR) =>
    gateway.fetch('/api/v1/models', { token, headers });

  const attempts = [];
  for (const gateway of [one, two, one, two, one, two]) attempts.push((await guess(gateway, 'oc_tok_wrong')).status);
  expect(attempts).toEqual([401, 401, 401, 401, 429, 429]);

  const locked = await guess(two, 'wrong too');
  const seconds = Number(locked.headers.get('retry-after'));
  expect(seconds > 100 && seconds <= 120).toBe(true);
  expect(await locked.json()).toMatchObject({ error: 'rate_limited', status: 429, retryAfter: seconds });

  expect((await guess(one, REPLICA_ENV.OPENCLAW_GATEWAY_TOKEN)).status).toBe(200);
  expect((await guess(one, 'wrong', { 'X-Forwarded-For': '192.0.2.67' })).status).toBe(401);
  // Nobody is locked out on the machine itself.
  for (let i = 0; i < 8; i++) expect((await guess(two, 'wrong', {})).status).toBe(401);
  await one.logged(/locked out/);
});
