import { describe, expect, it } from '@jest/globals';
import { askedOf, freshDatabase, REPLICA_ENV, startGateway, startModel } from '../harness/index.js';
import { eventually } from './eventually.js';

describe('SIGTERM', () => {
  it('lets running turns and streams finish, says so to health checks, refuses new turns, and ends with 0', async () => {
    const model = await startModel();
    const gateway = await startGateway({ database: await freshDatabase(), config: askedOf(model, 'model-a') });
    const gate = model.hold();
    const stream = await gateway.fetch('/api/v1/chat/stream', { json: { message: 'take your time' } });
    await gate.reached;
    const stopped = gateway.stop();
    // Whoever stops a whole process group reaches the gateway more than once.
    gateway.process.kill('SIGINT');
    const health = await eventually(
      () => gateway.fetch('/health'),
      (response) => response.status === 503,
    );
    expect(await health.json()).toMatchObject({ status: 'draining' });
    const refused = await gateway.fetch('/api/v1/chat', { json: { message: 'one more' } });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: 'service_unavailable' });
    gate.open();
    const events = await stream.text();
    expect(events).toContain('"type":"done"');
    expect(await stopped).toBe(0);
  });

  it('cuts off what takes longer than gateway.drainMs, and another replica runs what was accepted', async () => {
    const model = await startModel();
    const database = await freshDatabase();
    const config = { ...askedOf(model, 'model-a'), gateway: { drainMs: 300 } };
    const stops = await startGateway({ database, config, env: REPLICA_ENV });
    model.script((request) => (model.requests.indexOf(request) < 2 ? { stall: 1 } : {}));
    const stream = await stops.fetch('/api/v1/chat/stream', { json: { message: 'streamed' } });
    const accepted = await stops.fetch('/api/v1/message', { json: { message: 'accepted', wait_for_response: false } });
    const { id } = (await accepted.json()) as { id: string };
    await eventually(
      async () => model.requests.length,
      (count) => count === 2,
    );
    expect(await stops.stop()).toBe(0);
    expect(await stream.text()).toContain('"type":"error","error":"service_unavailable"');
    const goesOn = await startGateway({ database, config, env: REPLICA_ENV });
    await eventually(
      async () => (await (await goesOn.fetch(`/api/v1/message/${id}/status`)).json()) as { status: string },
      ({ status }) => status === 'completed',
    );
  });

  it('sent again stops at once', async () => {
    const model = await startModel();
    const gateway = await startGateway({ database: await freshDatabase(), config: askedOf(model, 'model-a') });
    const gate = model.hold();
    const running = gateway.fetch('/api/v1/chat', { json: { message: 'never' } }).catch(() => undefined);
    await gate.reached;
    // The first two are too close together to be two wishes.
    const again = setInterval(() => gateway.process.kill('SIGTERM'), 100);
    expect(await gateway.ended).toBe(1);
    clearInterval(again);
    await running;
    gate.open();
  });
});
