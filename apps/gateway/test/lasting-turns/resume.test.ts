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
import { eventually } from '../resilience/eventually.js';
import { eventsOf, readSome, resume, said } from './events.js';

let model: ModelServer;
let database: string;
let one: GatewayProcess;
let two: GatewayProcess;

const DETACH = { 'X-OpenClaw-Detach': 'true' };
const start = () =>
  startGateway({
    database,
    files: { 'own/style/SKILL.md': '---\nname: style\ndescription: How we write.\n---\nBriefly.\n' },
    config: { ...askedOf(model, 'model-a'), skills: { dirs: ['~/own'], engine: 'none' } },
    env: REPLICA_ENV,
  });
const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i} `);

beforeAll(async () => {
  model = await startModel();
  database = await freshDatabase();
  [one, two] = await Promise.all([start(), start()]);
});

interface Status {
  status: string;
  response?: { content: string; interrupted?: boolean };
  error?: { error: string };
}

async function statusOf(gateway: GatewayProcess, id: string): Promise<Status> {
  return (await (await gateway.fetch(`/api/v1/message/${id}/status`)).json()) as Status;
}

describe('a detached stream that its client lost', () => {
  it('goes on elsewhere with exactly the missing events, wherever it was cut, as often as it is', async () => {
    model.reset();
    model.script(() => ({ chunks: words(60), delayMs: 5 }));
    const cut = await readSome(one, 'long', 7, DETACH);
    let events = cut.events;
    const replicas = [two, one];
    // While it runs: the whole rest, from every event that has been seen.
    const rests = await Promise.all(events.map((event, i) => resume(replicas[i % 2]!, event)));
    for (const [i, rest] of rests.entries()) {
      const all = [...events.slice(0, i + 1), ...rest];
      expect(said(all)).toBe(words(60).join(''));
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    }
    events = [...events, ...rests.at(-1)!];
    expect(events).toHaveLength(62);
    // And when it has ended: the same events again.
    for (let i = 0; i < events.length; i += 9) {
      expect(await resume(two, events[i]!)).toEqual(events.slice(i + 1));
    }
    expect(await resume(one, events.at(-1)!)).toEqual([]);
    expect(model.requests).toHaveLength(1);
    console.log(
      `a stream of ${events.length} events cut after 7 and resumed from 7 places while running, 7 after: 0 lost, 0 doubled`,
    );
  });

  it('goes on elsewhere with what became of skills, each once and in its place', async () => {
    model.reset();
    const asks = (...ids: string[]) => ids.map((id) => ({ id, name: 'style', arguments: '{}' }));
    model.next({ toolCalls: asks('a', 'b') }, { toolCalls: asks('c') }, { chunks: words(20), delayMs: 5 });
    const cut = await readSome(one, 'in style', 3, DETACH, '/api/v1/message/stream');
    const rests = await Promise.all(cut.events.map((event, i) => resume([two, one][i % 2]!, event)));
    const whole = [cut.events[0]!, ...rests[0]!];
    expect(whole.slice(1, 7).map(({ data }) => (JSON.parse(data) as { type: string }).type)).toEqual([
      'skill_call',
      'skill_call',
      'skill_result',
      'skill_result',
      'skill_call',
      'skill_result',
    ]);
    expect(said(whole)).toBe(words(20).join(''));
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
    for (const [i, rest] of rests.entries()) expect([...cut.events.slice(0, i + 1), ...rest]).toEqual(whole);
    for (const [i, event] of whole.entries())
      expect(await resume([one, two][i % 2]!, event)).toEqual(whole.slice(i + 1));
    expect(model.requests).toHaveLength(3);
  });

  it('is told to followers on both replicas as it comes', async () => {
    model.reset();
    const chunks = words(200);
    model.script(() => ({ chunks, delayMs: 4 }));
    const { events } = await readSome(one, 'followed', 1, DETACH);
    const lags = await Promise.all(
      [one, two, two].map(async (gateway) => {
        const id = events[0]!.id.split(':')[0]!;
        const response = await gateway.fetch(`/api/v1/message/${id}/stream?dialect=a`);
        const pieces: number[] = [];
        let text = '';
        for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
          text += piece;
          pieces.push(performance.now());
        }
        expect(said(eventsOf(text))).toBe(chunks.join(''));
        return pieces.slice(1).map((at, i) => at - pieces[i]!);
      }),
    );
    const gaps = lags.flat().sort((a, b) => a - b);
    const at = (share: number) => Math.round(gaps[Math.floor(gaps.length * share)] ?? 0);
    console.log(
      `3 followers on 2 replicas of a token every 4 ms: ${gaps.length} pieces, gap p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    );
  });

  it('is run again when its replica dies, and says so to who follows', async () => {
    model.reset();
    const dies = await start();
    const gate = model.hold({ chunks: ['old ', 'words ', 'never said'], holdAfter: 2 });
    model.script(() => ({ chunks: ['a ', 'new ', 'answer'] }));
    const { id, events } = await readSome(dies, 'die', 3, DETACH);
    expect(said(events)).toBe('old words ');
    const following = resume(two, events[0]!);
    await eventually(
      async () => (await one.fetch(`/api/v1/message/${id}/status`)).status,
      (status) => status === 200,
    );
    await dies.kill9();
    const killedAt = performance.now();
    const followed = await following;
    const ms = Math.round(performance.now() - killedAt);
    gate.open();
    const reset = followed.findIndex(({ data }) => data === '{"type":"reset"}');
    expect(reset).toBeGreaterThanOrEqual(0);
    expect('old words '.startsWith(said(followed.slice(0, reset)))).toBe(true);
    expect(said(followed.slice(reset + 1))).toBe('a new answer');
    // Who comes later with a place in the first run is told the same.
    const late = await resume(one, events.at(-1)!);
    expect(late[0]?.data).toBe('{"type":"reset"}');
    expect(said(late)).toBe('a new answer');
    expect(await resume(one, followed.at(-2)!)).toEqual(followed.slice(-1));
    expect(await statusOf(one, id)).toMatchObject({ status: 'completed', response: { content: 'a new answer' } });
    console.log(`replica killed with a detached stream under way: its follower had the new run's end after ${ms} ms`);
  });
});

describe('cancelling', () => {
  it('stops a turn on the other replica, and keeps what it said', async () => {
    model.reset();
    model.next({ chunks: ['half ', 'never'], stall: 1 });
    const response = await one.fetch('/api/v1/chat/stream', { json: { message: 'stop me' } });
    const id = response.headers.get('x-openclaw-message-id') ?? '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('half')) text += (await reader?.read())?.value ?? '';
    const startedAt = performance.now();
    const cancelled = await two.fetch(`/api/v1/message/${id}/cancel`, { method: 'POST' });
    expect([cancelled.status, await cancelled.json()]).toEqual([202, { id, status: 'cancelling' }]);
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) text += piece.value;
    const ms = Math.round(performance.now() - startedAt);
    expect(eventsOf(text).at(-1)?.data).toMatch(/"type":"done".*"interrupted":true/);
    expect(await statusOf(two, id)).toMatchObject({
      status: 'completed',
      response: { content: 'half ', interrupted: true },
    });
    await model.requests.at(-1)?.closed;
    expect((await two.fetch(`/api/v1/message/${id}/cancel`, { method: 'POST' })).status).toBe(409);
    console.log(`cancelled on the other replica: the stream had its end after ${ms} ms`);
  });

  it('ends an accepted turn that waits, and one that runs in the worker', async () => {
    model.reset();
    const gate = model.hold();
    const accept = async (message: string) => {
      const body = { message, conversation_id: 'to-be-cancelled', wait_for_response: false };
      return ((await (await one.fetch('/api/v1/message', { json: body })).json()) as { id: string }).id;
    };
    const running = await accept('running');
    await gate.reached;
    const waiting = await accept('waiting');
    const cancel = async (id: string) => {
      const response = await two.fetch(`/api/v1/message/${id}/cancel`, { method: 'POST' });
      return [response.status, ((await response.json()) as { status: string }).status];
    };
    expect(await cancel(waiting)).toEqual([200, 'cancelled']);
    expect(await cancel(running)).toEqual([202, 'cancelling']);
    for (const id of [waiting, running]) {
      const status = await eventually(
        () => statusOf(two, id),
        (answer) => answer.status !== 'processing',
      );
      expect(status).toMatchObject({ status: 'failed', error: { error: 'conflict' } });
    }
    gate.open();
    const next = await one.fetch('/api/v1/chat', { json: { message: 'next', conversationId: 'to-be-cancelled' } });
    expect(next.status).toBe(200);
    expect(model.requests.map((request) => request.body?.messages?.at(-1)?.content)).toEqual(['running', 'next']);
  });
});
