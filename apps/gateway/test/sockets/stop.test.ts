import { describe, expect, it } from '@jest/globals';
import { refusal, SocketClient } from '../../../../test/socket-client/socket-client.js';
import { askedOf, freshDatabase, startGateway, startModel } from '../harness/index.js';

describe('SIGTERM', () => {
  it('sends idle sockets elsewhere at once, and the others when they have their answer', async () => {
    const model = await startModel();
    const gateway = await startGateway({ database: await freshDatabase(), config: askedOf(model, 'model-a') });
    const idle = await SocketClient.open(gateway.url, gateway.operatorToken);
    const busy = await SocketClient.open(gateway.url, gateway.operatorToken);
    const gate = model.hold();
    busy.send({ type: 'message', content: 'take your time', stream: true });
    await gate.reached;
    const stopped = gateway.stop();
    expect(await idle.closed).toMatchObject({ code: 1012 });
    expect(await refusal(gateway.url)).toMatchObject({ status: 503 });
    busy.send({ type: 'message', content: 'one more', id: 'late' });
    expect(await busy.of('error')).toMatchObject({ error: 'service_unavailable', id: 'late' });
    gate.open();
    expect(await busy.of('response')).toMatchObject({ content: 'echo: take your time' });
    expect(await busy.closed).toMatchObject({ code: 1012 });
    expect(await stopped).toBe(0);
  });

  it('cuts off an answer that takes longer than gateway.drainMs, and says so', async () => {
    const model = await startModel();
    const config = { ...askedOf(model, 'model-a'), gateway: { drainMs: 200 } };
    const gateway = await startGateway({ database: await freshDatabase(), config });
    const busy = await SocketClient.open(gateway.url, gateway.operatorToken);
    model.next({ stall: 1 });
    busy.send({ type: 'message', content: 'endless', stream: true, id: 'x' });
    await busy.of('token');
    expect(await gateway.stop()).toBe(0);
    expect(await busy.of('error')).toMatchObject({ error: 'service_unavailable', id: 'x' });
    expect(await busy.closed).toMatchObject({ code: 1012 });
  });
});
