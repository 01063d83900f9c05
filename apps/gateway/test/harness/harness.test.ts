import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { livePostmaster } from '../../../../packages/adapters/embedded-postgres/src/postmaster-file.js';
import { askedOf, freshDatabase, GatewayFailed, REPLICA_ENV, startGateway, startModel } from './index.js';

describe('the harness', () => {
  it('runs several gateways on one database, asking one model', async () => {
    const model = await startModel();
    const database = await freshDatabase();
    const [one, two] = await Promise.all(
      ['one', 'two'].map(() => startGateway({ database, config: askedOf(model, 'model-a'), env: REPLICA_ENV })),
    );
    if (!one || !two) throw new Error('two were started');
    expect(one.operatorToken).toBe(two.operatorToken);
    await (await one.fetch('/api/v1/chat', { json: { message: 'hello', conversationId: 'shared' } })).text();
    const seen = await two.fetch('/api/v1/conversations/shared');
    expect(await seen.json()).toMatchObject({ messages: [{ content: 'hello' }, { content: 'echo: hello' }] });
    expect(await Promise.all([one.stop(), two.stop()])).toEqual([0, 0]);
  });

  it('restarts on the data folder of a gateway that was killed', async () => {
    const first = await startGateway({ database: 'embedded' });
    await (await first.fetch('/api/v1/chat', { json: { message: 'hello', conversationId: 'kept' } })).text();
    await first.kill9();
    expect(livePostmaster(join(first.dataFolder, 'postgres'))).toBeDefined();
    const second = await startGateway({ database: 'embedded', home: first.home });
    expect(second.operatorToken).toBe(first.operatorToken);
    expect((await second.fetch('/api/v1/conversations/kept')).status).toBe(200);
    await second.logged(/gateway started/);
    // Left to the end of the file: the harness sweeps up the database that is orphaned here.
    await second.kill9();
    expect(existsSync(second.home)).toBe(true);
  });

  it('fails loudly, with what the gateway said', async () => {
    const refused = startGateway({
      database: 'embedded',
      config: { gateway: { port: 'none' } },
      env: { OPENCLAW_GATEWAY_PORT: '' },
    });
    await expect(refused).rejects.toThrow(GatewayFailed);
    await expect(refused).rejects.toMatchObject({ ending: 1, output: expect.stringContaining('gateway.port') });
  });
});
