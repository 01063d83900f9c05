import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openOperatorSession } from '@openclaw/gateway';
import { askedOf, freshDatabase, startGateway, startModel } from '../harness/index.js';

it('writes no secret to any log, whatever is done with it', async () => {
  const model = await startModel();
  const database = await freshDatabase();
  const password = 'operator-password-58121';
  const config = {
    ...askedOf(model, 'model-a'),
    gateway: { auth: { token: 'operator-secret-93412' } },
    api: { auth: { tokens: [{ name: 'ci', token: 'config-secret-71250', scope: ['chat', 'read'] }] } },
    logging: { level: 'debug', console: 'json' },
  };
  const gateway = await startGateway({ database, config });
  const session = await openOperatorSession({
    environment: { HOME: gateway.home, DATABASE_URL: database },
    userHome: gateway.home,
  });
  const { secret } = await session.tokens.create({ name: 'made', scopes: ['chat'] });
  await session.close();

  const tokens = ['operator-secret-93412', 'config-secret-71250', secret];
  const wrong = ['wrong-guess-44821', 'oc_tok_wrongguess90210'];
  for (const token of [...tokens, ...wrong]) {
    await (await gateway.fetch('/api/v1/chat', { token, json: { message: `my key is ${token}` } })).arrayBuffer();
    await (await gateway.fetch(`/api/v1/models?token=${token}`, { token })).arrayBuffer();
    await (await gateway.fetch('/api/v1/chat', { token, method: 'POST', body: `{"broken ${token}` })).arrayBuffer();
  }
  const key = `sk-put-${Date.now()}`;
  const patch = { providers: { primary: { api_key: key } }, gateway: { auth: { password } } };
  expect((await gateway.fetch('/api/v1/config', { method: 'PUT', json: patch })).status).toBe(200);
  await (await gateway.fetch('/api/v1/chat', { json: { message: 'hello' } })).arrayBuffer();
  const served = await (await gateway.fetch('/api/v1/logs?lines=1000&level=debug')).text();
  expect(await gateway.stop()).toBe(0);

  const folder = join(gateway.dataFolder, 'logs');
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(files.join('')).toContain('/api/v1/chat');
  for (const text of [gateway.logs(), served, ...files]) {
    for (const hidden of [...tokens, ...wrong, key, password]) expect(text).not.toContain(hidden);
  }
});
