import { beforeAll, describe, expect, it } from '@jest/globals';
import { openOperatorSession } from '@openclaw/gateway';
import {
  askedOf,
  emptyDatabase,
  type GatewayProcess,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { eventually } from './eventually.js';

let database: string;
let model: ModelServer;
let one: GatewayProcess;
let two: GatewayProcess;

beforeAll(async () => {
  database = await emptyDatabase();
  model = await startModel();
  // Together, on an empty database: they race for the migrations.
  [one, two] = await Promise.all([start(), start()]);
});

function start(): Promise<GatewayProcess> {
  return startGateway({ database, config: askedOf(model, 'model-a', 'model-b'), env: REPLICA_ENV });
}

async function bodyOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

interface Listed {
  messages: { role: string; content: string }[];
}

describe('two replicas on one database', () => {
  it('run the turns of one conversation one at a time, in the order in which they were accepted', async () => {
    model.reset();
    const gate = model.hold();
    const first = one.fetch('/api/v1/chat', { json: { message: 'turn 0', conversationId: 'ordered' } });
    await gate.reached;
    const accepted: Promise<unknown>[] = [first];
    // Each is stored before the next one is sent, so the order is known; they go to the replicas in turn.
    for (let i = 1; i <= 12; i++) {
      const replica = i % 2 ? two : one;
      accepted.push(replica.fetch('/api/v1/chat', { json: { message: `turn ${i}`, conversationId: 'ordered' } }));
      await eventually(
        async () => bodyOf<{ message_count: number }>(await one.fetch('/api/v1/conversations/ordered')),
        (conversation) => conversation.message_count === i + 1,
      );
    }
    gate.open();
    await Promise.all(accepted);
    const asked = model.requests.map((request) => String(request.body?.messages?.at(-1)?.content));
    expect(asked).toEqual(Array.from({ length: 13 }, (_, i) => `turn ${i}`));
    expect(model.mostAtOnce()).toBe(1);
    const { messages } = await bodyOf<Listed>(await two.fetch('/api/v1/conversations/ordered'));
    expect(messages.map((message) => message.content)).toEqual(asked.flatMap((text) => [text, `echo: ${text}`]));
    expect(model.requests.at(-1)?.body?.messages).toHaveLength(25);
  });

  it('never let another conversation wait', async () => {
    model.reset();
    const gate = model.hold();
    const busy = one.fetch('/api/v1/chat', { json: { message: 'busy', conversationId: 'busy' } });
    await gate.reached;
    for (const replica of [one, two]) {
      const free = await replica.fetch('/api/v1/chat', { json: { message: 'free' } });
      expect(free.status).toBe(200);
    }
    gate.open();
    expect((await busy).status).toBe(200);
  });

  it('both stop believing a token within a second of its revocation', async () => {
    const options = { environment: { HOME: one.home, DATABASE_URL: database }, userHome: one.home };
    const session = await openOperatorSession(options);
    const { secret } = await session.tokens.create({ name: 'to be revoked', scopes: ['read'] });
    const status = async (replica: GatewayProcess) => (await replica.fetch('/api/v1/models', { token: secret })).status;
    expect(await Promise.all([status(one), status(two)])).toEqual([200, 200]);
    await session.tokens.revoke('to be revoked');
    const revokedAt = performance.now();
    const waits = await Promise.all(
      [one, two].map(async (replica) => {
        await eventually(
          () => status(replica),
          (answer) => answer === 401,
        );
        return Math.round(performance.now() - revokedAt);
      }),
    );
    console.log(`revocation took effect after ${waits.join(' and ')} ms`);
    await session.close();
  });

  it('take over what one of them stored by PUT /config', async () => {
    const aliases = { fast: 'model-b' };
    const put = await one.fetch('/api/v1/config', { method: 'PUT', json: { models: { aliases } } });
    expect(await bodyOf(put)).toMatchObject({
      applied: ['models.aliases.fast'],
      restart_required: false,
      restart_paths: [],
    });
    const answered = await eventually(
      () => two.fetch('/api/v1/chat', { json: { message: 'hi', model: 'fast' } }),
      (response) => response.status === 200,
    );
    expect(await bodyOf(answered)).toMatchObject({ model: 'model-b' });
  });

  it('keep tenants apart on every path', async () => {
    const options = { environment: { HOME: one.home, DATABASE_URL: database }, userHome: one.home };
    const session = await openOperatorSession(options);
    const { secret: token } = await session.tokens.create({
      name: 'stranger',
      scopes: ['chat', 'read'],
      tenant: 'stranger',
    });
    await session.close();
    model.reset();
    const mine = await one.fetch('/api/v1/message', { json: { message: 'mine alone', conversation_id: 'same-id' } });
    const { id } = await bodyOf<{ id: string }>(mine);
    expect((await two.fetch('/api/v1/conversations/same-id', { token })).status).toBe(404);
    expect((await two.fetch('/api/v1/conversations/same-id', { token, method: 'DELETE' })).status).toBe(404);
    expect((await two.fetch(`/api/v1/message/${id}/status`, { token })).status).toBe(404);
    expect(await bodyOf(await two.fetch('/api/v1/conversations', { token }))).toMatchObject({ total: 0 });
    await two.fetch('/api/v1/message', { token, json: { message: 'theirs', conversation_id: 'same-id' } });
    expect(model.requests.at(-1)?.body?.messages?.map((message) => message.content)).toEqual(['theirs']);
    const { messages } = await bodyOf<Listed>(await one.fetch('/api/v1/conversations/same-id'));
    expect(messages.map((message) => message.content)).toEqual(['mine alone', 'echo: mine alone']);
  });
});
