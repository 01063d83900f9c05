import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { eventsOf, said } from './events.js';

let model: ModelServer;
let database: string;
let one: GatewayProcess;
let two: GatewayProcess;

const start = () => startGateway({ database, config: askedOf(model, 'model-a'), env: REPLICA_ENV });

beforeAll(async () => {
  model = await startModel();
  database = await freshDatabase();
  [one, two] = await Promise.all([start(), start()]);
});

interface ChatAnswer {
  id: string;
  content: string;
  conversationId: string;
}

async function chat(gateway: GatewayProcess, key: string, message: string, conversationId?: string) {
  const response = await gateway.fetch('/api/v1/chat', {
    json: { message, conversationId },
    headers: { 'Idempotency-Key': key },
  });
  const answer = (await response.json()) as ChatAnswer;
  return { status: response.status, replayed: response.headers.get('idempotent-replayed') === 'true', answer };
}

async function messagesOf(gateway: GatewayProcess, conversationId: string): Promise<string[]> {
  const response = await gateway.fetch(`/api/v1/conversations/${conversationId}`);
  const { messages } = (await response.json()) as { messages: { content: string }[] };
  return messages.map((message) => message.content);
}

describe('an Idempotency-Key', () => {
  it('makes a hundred simultaneous requests to two replicas one turn', async () => {
    model.reset();
    const gate = model.hold();
    const calls = Array.from({ length: 100 }, (_, i) => chat(i % 2 ? one : two, 'crowd', 'just once', 'crowded'));
    await gate.reached;
    gate.open();
    const startedAt = performance.now();
    const answers = await Promise.all(calls);
    const ms = Math.round(performance.now() - startedAt);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(model.requests).toHaveLength(1);
    expect(await messagesOf(one, 'crowded')).toEqual(['just once', 'echo: just once']);
    console.log(
      `100 calls under one key on 2 replicas: 1 model call, 1 turn, 99 replayed, all answered ${ms} ms after the model`,
    );
  });

  it('gets the one turn’s answer on the other replica after kill -9, and what the dead one had stored', async () => {
    model.reset();
    const dies = await start();
    const stored = await chat(dies, 'gone', 'before the end');
    const gate = model.hold();
    const lost = chat(dies, 'crash', 'survive', 'survivor').catch(() => 'broken');
    await gate.reached;
    await dies.kill9();
    const killedAt = performance.now();
    expect(await lost).toBe('broken');
    expect(await chat(one, 'gone', 'before the end')).toEqual({ ...stored, replayed: true });
    const retries = await Promise.all([
      chat(two, 'crash', 'survive', 'survivor'),
      chat(one, 'crash', 'survive', 'survivor'),
    ]);
    const ms = Math.round(performance.now() - killedAt);
    gate.open();
    for (const retry of retries)
      expect(retry).toMatchObject({ status: 200, replayed: true, answer: { content: 'echo: survive' } });
    expect(retries[0]?.answer).toEqual(retries[1]?.answer);
    expect(await messagesOf(two, 'survivor')).toEqual(['survive', 'echo: survive']);
    expect(model.requests).toHaveLength(3);
    console.log(
      `replica killed with a keyed call under way: the retry elsewhere had the answer after ${ms} ms; 1 turn, 1 answer`,
    );
  });

  it('has its turn handed over when its replica is stopped', async () => {
    model.reset();
    const config = { ...askedOf(model, 'model-a'), gateway: { drainMs: 200 } };
    const stops = await startGateway({ database, config, env: REPLICA_ENV });
    const gate = model.hold();
    const first = chat(stops, 'stopped', 'go on elsewhere');
    await gate.reached;
    expect(await stops.stop()).toBe(0);
    expect(await first).toMatchObject({ status: 503 });
    const again = await chat(two, 'stopped', 'go on elsewhere');
    expect(again).toMatchObject({ status: 200, replayed: true, answer: { content: 'echo: go on elsewhere' } });
    gate.open();
  });

  it('attaches a second stream to the first, on the other replica, as it is told', async () => {
    model.reset();
    const gate = model.hold({ chunks: ['one ', 'two ', 'three ', 'four'], holdAfter: 2 });
    const ask = (gateway: GatewayProcess) =>
      gateway.fetch('/api/v1/chat/stream', { json: { message: 'count' }, headers: { 'Idempotency-Key': 'streams' } });
    const first = await ask(one);
    await gate.reached;
    const second = await ask(two);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    const reader = second.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    // Said before it came, told while the turn still runs.
    while (!text.includes('two ')) text += (await reader?.read())?.value ?? '';
    gate.open();
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) text += piece.value;
    const whole = eventsOf(await first.text());
    expect(said(eventsOf(text))).toBe('one two three four');
    expect(eventsOf(text).at(-1)).toEqual(whole.at(-1));
    expect(model.requests).toHaveLength(1);
  });

  it('of an accepted message accepts it once', async () => {
    model.reset();
    const body = { message: 'later', wait_for_response: false, conversation_id: 'accepted-once' };
    const ask = async (gateway: GatewayProcess) =>
      (await gateway.fetch('/api/v1/message', { json: body, headers: { 'Idempotency-Key': 'accepted' } })).json();
    const answers = await Promise.all([ask(one), ask(two), ask(one), ask(two)]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const { poll_url } = answers[0] as { poll_url: string };
    let status = 'processing';
    while (status === 'processing') ({ status } = (await (await two.fetch(poll_url)).json()) as { status: string });
    expect(await messagesOf(one, 'accepted-once')).toEqual(['later', 'echo: later']);
  });
});
