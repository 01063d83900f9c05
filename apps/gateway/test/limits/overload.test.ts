import { expect, it } from '@jest/globals';
import { Gate } from '../../../../test/model-server/behaviour.js';
import { askedOf, freshDatabase, startGateway, startModel } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';

it('refuses what is too much at once, before it is stored, and answers all that it has taken', async () => {
  const model = await startModel();
  const gateway = await startGateway({
    database: await freshDatabase(),
    config: { ...askedOf(model, 'model-a'), agents: { main: { maxConcurrent: 2, maxQueued: 3 } } },
  });
  const gate = new Gate();
  model.script(() => ({ hold: gate }));
  const send = (message: string) => gateway.fetch('/api/v1/chat', { json: { message, conversationId: message } });
  const stored = async () => {
    const response = await gateway.fetch('/api/v1/conversations');
    return ((await response.json()) as { total: number }).total;
  };
  const taken = ['a', 'b', 'c', 'd', 'e'].map(send);
  await model.arrival(2);
  await eventually(stored, (total) => total === 5);

  for (const path of ['/api/v1/chat', '/api/v1/message']) {
    const refused = await gateway.fetch(path, { json: { message: 'too much' } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await refused.json()).toMatchObject({
      error: 'service_unavailable',
      details: { agent: 'main', running: 2, queued: 3 },
    });
  }
  const accepted = await gateway.fetch('/api/v1/message', { json: { message: 'later', wait_for_response: false } });
  expect(accepted.status).toBe(503);
  expect(await stored()).toBe(5);

  gate.open();
  const answers = await Promise.all(taken);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(model.mostAtOnce()).toBe(2);
  expect((await send('again')).status).toBe(200);
});

it('takes no more accepted messages than may wait, before they are stored, and more when it has room again', async () => {
  const model = await startModel();
  const gateway = await startGateway({
    database: await freshDatabase(),
    config: {
      ...askedOf(model, 'model-a'),
      gateway: { maxBacklog: 3 },
      api: { auth: { tokens: [{ name: 'other', token: 'tok-other-0123456789', scope: ['chat'], tenant: 'other' }] } },
    },
  });
  const gate = new Gate();
  model.script(() => ({ hold: gate }));
  const accept = (message: string, token?: string) =>
    gateway.fetch('/api/v1/message', {
      json: { message, conversation_id: 'one', wait_for_response: false },
      ...(token !== undefined && { token }),
    });
  // The first one is being run, the others wait for it.
  expect((await accept('a')).status).toBe(202);
  await model.arrival(1);
  const taken = [];
  let refused: Response | undefined;
  while (!refused) {
    const answer = await accept(`b${taken.length}`);
    if (answer.status === 202) taken.push((await answer.json()) as { poll_url: string });
    else refused = answer;
  }
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ error: 'service_unavailable', details: { limit: 3 } });
  expect(taken.length).toBeLessThanOrEqual(3);
  expect((await accept('a', 'tok-other-0123456789')).status).toBe(202);

  gate.open();
  for (const { poll_url } of taken) {
    await eventually(
      async () => (await (await gateway.fetch(poll_url)).json()) as { status: string },
      ({ status }) => status === 'completed',
    );
  }
  await eventually(
    () => accept('again'),
    ({ status }) => status === 202,
  );
});
