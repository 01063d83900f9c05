import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openOperatorSession } from '@openclaw/gateway';
import { type Frame, SocketClient } from '../../../../test/socket-client/socket-client.js';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  later,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';

const MESSAGES = ['message.received', 'message.sent', 'message.failed'];

let database: string;
let model: ModelServer;
let one: GatewayProcess;
let two: GatewayProcess;

beforeAll(async () => {
  database = await freshDatabase();
  model = await startModel();
  [one, two] = await Promise.all([start(), start()]);
});
beforeEach(() => model.reset());

const limits = { windowMs: 60_000, maxRequests: 1_000_000 };
function start(): Promise<GatewayProcess> {
  const config = { ...askedOf(model, 'model-a'), api: { rateLimit: { global: limits, perToken: limits } } };
  return startGateway({ database, config, env: REPLICA_ENV });
}

async function connect(gateway: GatewayProcess, token = gateway.operatorToken): Promise<SocketClient> {
  const client = await SocketClient.open(gateway.url, token);
  later(() => client.ws.terminate());
  return client;
}

async function subscriber(gateway: GatewayProcess, events: string[], token?: string): Promise<SocketClient> {
  const client = await connect(gateway, token);
  client.send({ type: 'subscribe', events });
  await client.of('subscribed');
  return client;
}

async function tokenOf(tenant: string, name: string): Promise<{ secret: string; revoke: () => Promise<void> }> {
  const options = { environment: { HOME: one.home, DATABASE_URL: database }, userHome: one.home };
  const session = await openOperatorSession(options);
  const { secret } = await session.tokens.create({ name, scopes: ['chat', 'read'], tenant });
  return {
    secret,
    revoke: async () => {
      await session.tokens.revoke(name);
      await session.close();
    },
  };
}

const eventsOf = (client: SocketClient, conversationId: string): Frame[] =>
  client.frames.filter((frame) => frame.type === 'event' && frame.data.conversationId === conversationId);

describe('events on two replicas', () => {
  it('reach who has subscribed on one when the message came in on the other, each conversation in its order', async () => {
    const listener = await subscriber(one, MESSAGES);
    const speakers = await Promise.all([connect(one), connect(two)]);
    const conversations = ['a', 'b', 'c', 'd'];
    const rounds = 15;
    for (let round = 0; round < rounds; round++) {
      for (const [index, conversation_id] of conversations.entries()) {
        const speaker = speakers[(round + index) % 2];
        speaker?.send({ type: 'message', content: `${conversation_id}${round}`, conversation_id, stream: true });
      }
      await Promise.all(
        speakers.map((speaker) =>
          speaker.until((frames) => frames.filter((frame) => frame.type === 'response').length === (round + 1) * 2),
        ),
      );
    }
    const all = rounds * conversations.length * 2;
    await listener.until((frames) => frames.filter((frame) => frame.type === 'event').length >= all);
    for (const id of conversations) {
      expect(eventsOf(listener, id).map((frame) => frame.data.content)).toEqual(
        Array.from({ length: rounds }, (_, round) => [`${id}${round}`, `echo: ${id}${round}`]).flat(),
      );
    }
    const delays = listener.frames.filter((frame) => frame.type === 'event').map((frame) => frame.id as string);
    expect(new Set(delays).size).toBe(all);
  });

  it('stay within the tenant', async () => {
    const { secret, revoke } = await tokenOf('stranger', 'stranger');
    const stranger = await subscriber(two, MESSAGES, secret);
    const mine = await subscriber(two, MESSAGES);
    await one.fetch('/api/v1/message', { json: { message: 'mine alone', conversation_id: 'same-id' } });
    await one.fetch('/api/v1/message', { token: secret, json: { message: 'theirs', conversation_id: 'same-id' } });
    await stranger.until((frames) => frames.some((frame) => frame.data?.content === 'echo: theirs'));
    await mine.until((frames) => frames.some((frame) => frame.data?.content === 'echo: mine alone'));
    expect(eventsOf(stranger, 'same-id').map((frame) => frame.data.content)).toEqual(['theirs', 'echo: theirs']);
    expect(eventsOf(mine, 'same-id').map((frame) => frame.data.content)).toEqual(['mine alone', 'echo: mine alone']);
    const { message_id } = await answerOf(await connect(one), 'mine too');
    stranger.send({ type: 'cancel', id: message_id });
    expect(await stranger.of('error')).toMatchObject({ error: 'not_found', id: message_id });

    await revoke();
    const revokedAt = performance.now();
    expect(await stranger.closed).toMatchObject({ code: 4401 });
    console.log(`a revoked token's socket was closed after ${Math.round(performance.now() - revokedAt)} ms`);
  });

  it('of a turn that ran on a replica that was killed tell of its failure', async () => {
    const dies = await start();
    const listener = await subscriber(one, MESSAGES);
    const gate = model.hold();
    const client = await connect(dies);
    client.send({ type: 'message', content: 'never answered', conversation_id: 'killed' });
    await gate.reached;
    await dies.kill9();
    expect(await client.closed).toMatchObject({ code: 1006 });
    gate.open();
    await listener.until((frames) => frames.some((frame) => frame.event === 'message.failed'));
    const [received, failed] = eventsOf(listener, 'killed');
    expect(received).toMatchObject({ event: 'message.received', data: { content: 'never answered' } });
    expect(failed).toMatchObject({
      event: 'message.failed',
      data: { content: '', error: { error: 'service_unavailable' } },
    });
    const after = await answerOf(await connect(two), 'and now?', 'killed');
    expect(after).toMatchObject({ content: 'echo: and now?' });
  });

  it('are told late rather than never when the database connections break', async () => {
    const listener = await subscriber(one, ['message.sent']);
    const { default: pg } = await import('pg');
    const client = new pg.Client(database);
    await client.connect();
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    await client.end();
    await eventually(
      () => two.fetch('/api/v1/message', { json: { message: 'after the cut', conversation_id: 'cut' } }),
      (response) => response.status === 200,
    );
    await listener.until((frames) => frames.some((frame) => frame.data?.content === 'echo: after the cut'));
  });
});

async function answerOf(client: SocketClient, content: string, conversation_id?: string): Promise<Frame> {
  client.send({ type: 'message', content, conversation_id });
  return client.of('response');
}

describe('a message', () => {
  it('is cancelled from a socket on another replica', async () => {
    model.next({ stall: 1 });
    const client = await connect(one);
    client.send({ type: 'message', content: 'a long story', conversation_id: 'long', stream: true });
    const { id } = await client.of('token');
    const other = await connect(two);
    other.send({ type: 'cancel', id });
    expect(await other.next()).toEqual({ type: 'cancelling', id });
    expect(await client.of('response')).toMatchObject({ message_id: id, interrupted: true });
  });

  it('whose socket is gone stops, and is kept as far as it was said', async () => {
    model.next({ stall: 1 });
    const listener = await subscriber(two, ['message.sent']);
    const client = await connect(one);
    client.send({ type: 'message', content: 'to be left', conversation_id: 'left', stream: true });
    const { content } = await client.of('token');
    client.ws.terminate();
    expect(await listener.of('event')).toMatchObject({ data: { conversationId: 'left', content } });
  });
});
