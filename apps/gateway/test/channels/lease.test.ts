import { expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, REPLICA_ENV, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { ChatServer } from './chat-server.js';

it('the connection of a channel moves to the replica that is left', async () => {
  const chat = await ChatServer.start();
  const database = await freshDatabase();
  const config = { channels: { webhook: chat.settings } };
  const replicas = await Promise.all(['one', 'two'].map(() => startGateway({ database, config, env: REPLICA_ENV })));
  const status = async (replica: GatewayProcess) =>
    (await (await replica.fetch('/api/v1/channels/webhook/status')).json()) as {
      status: string;
      connected_since?: string;
    };
  for (const replica of replicas)
    await eventually(
      () => status(replica),
      (answer) => answer.status === 'connected',
    );
  const holds = (replica: GatewayProcess) => /connecting a channel/.test(replica.logs());
  const [holder, other] = replicas.every(holds) ? [] : [replicas.find(holds), replicas.find((each) => !holds(each))];
  if (!holder || !other) throw new Error('both or none have connected');
  const before = await status(other);
  await holder.kill9();
  const killedAt = performance.now();
  await eventually(
    () => status(other),
    (answer) => answer.status === 'disconnected' || answer.connected_since !== before.connected_since,
  );
  const noticedMs = performance.now() - killedAt;
  await eventually(
    () => status(other),
    (answer) => answer.status === 'connected' && answer.connected_since !== before.connected_since,
  );
  const movedMs = performance.now() - killedAt;
  console.log(`the loss was seen after ${Math.round(noticedMs)} ms, connected again after ${Math.round(movedMs)} ms`);
  expect(holds(other)).toBe(true);
  expect(await other.stop()).toBe(0);
});
