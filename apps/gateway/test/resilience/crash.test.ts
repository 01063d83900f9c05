import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Gate } from '../../../../test/model-server/behaviour.js';
import type { ModelRequest } from '../../../../test/model-server/model-request.js';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  type ModelServer,
  REPLICA_ENV,
  startGateway,
  startModel,
} from '../harness/index.js';
import { eventually } from './eventually.js';

interface Status {
  status: string;
  response?: { content: string };
  error?: { error: string; message: string };
}

async function statusOf(gateway: GatewayProcess, id: string): Promise<Status> {
  return (await (await gateway.fetch(`/api/v1/message/${id}/status`)).json()) as Status;
}

async function accept(gateway: GatewayProcess, message: string, conversation_id: string): Promise<string> {
  const response = await gateway.fetch('/api/v1/message', {
    json: { message, conversation_id, wait_for_response: false },
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

/** What each test is about was under way together when one of the replicas was killed: to be believed dead takes its time. */
describe('kill -9 of one of two replicas', () => {
  let model: ModelServer;
  let lives: GatewayProcess;
  const accepted: { id: string; text: string; conversation: string }[] = [];
  let pollUrl: string;
  let next: Promise<Response>;
  let killedAt: number;
  /** What the model keeps waiting, each message once. */
  const held = new Map([
    ['slow one', new Gate()],
    ['never answered', new Gate()],
  ]);
  const textOf = (request: ModelRequest) => String(request.body?.messages?.at(-1)?.content);

  beforeAll(async () => {
    model = await startModel();
    model.script((request) => {
      const hold = held.get(textOf(request));
      const again = model.requests.some((other) => other !== request && textOf(other) === textOf(request));
      return hold && !again ? { hold } : { delayMs: 20 };
    });
    const database = await freshDatabase();
    const start = () => startGateway({ database, config: askedOf(model, 'model-a'), env: REPLICA_ENV });
    const [dies, other] = await Promise.all([start(), start()]);
    lives = other;

    const late = await dies.fetch('/api/v1/message', { json: { message: 'slow one', timeout_ms: 100 } });
    const body = (await late.json()) as { error: string; details: { poll_url: string } };
    expect([late.status, body.error]).toEqual([408, 'timeout']);
    pollUrl = body.details.poll_url;
    await held.get('slow one')?.reached;

    const lost = dies
      .fetch('/api/v1/chat', { json: { message: 'never answered', conversationId: 'held' } })
      .catch(() => undefined);
    await held.get('never answered')?.reached;
    next = lives.fetch('/api/v1/chat', { json: { message: 'me next', conversationId: 'held' } });
    next.catch(() => undefined);

    for (let i = 0; i <= 40; i++) {
      const conversation = `talk-${i % 12}`;
      const text = `question ${i}`;
      accepted.push({ id: await accept(dies, text, conversation), text, conversation });
    }
    await dies.kill9();
    killedAt = performance.now();
    await lost;
    for (const gate of held.values()) gate.open();
  });

  it('frees the conversations of the one that died', async () => {
    expect((await next).status).toBe(200);
    console.log(`the conversation of a dead replica was free after ${Math.round(performance.now() - killedAt)} ms`);
  });

  it('does not end a turn that went on after its timeout_ms', async () => {
    const done = await eventually(
      async () => (await (await lives.fetch(pollUrl)).json()) as Status,
      ({ status }) => status !== 'processing',
    );
    expect(done).toMatchObject({ status: 'completed', response: { content: 'echo: slow one' } });
  });

  it('loses none of the accepted turns that were under way', async () => {
    for (const { id, text } of accepted) {
      const done = await eventually(
        () => statusOf(lives, id),
        ({ status }) => status !== 'processing',
      );
      expect(done).toMatchObject({ status: 'completed', response: { content: `echo: ${text}` } });
    }

    for (const conversation of new Set(accepted.map((turn) => turn.conversation))) {
      const { messages } = (await (await lives.fetch(`/api/v1/conversations/${conversation}`)).json()) as {
        messages: { content: string }[];
      };
      const asked = accepted.filter((turn) => turn.conversation === conversation).map((turn) => turn.text);
      expect(messages.map((message) => message.content)).toEqual(asked.flatMap((text) => [text, `echo: ${text}`]));
    }
    const calls = model.requests.filter((request) => textOf(request).startsWith('question')).length;
    console.log(
      `kill -9 of one of two replicas: ${accepted.length} turns accepted, ${accepted.length} answered once, 0 lost, ${calls - accepted.length} model calls made again`,
    );
  });
});

describe('kill -9', () => {
  it('of the only gateway: the next start goes on with what was accepted', async () => {
    const model = await startModel();
    const gate = model.hold();
    const config = askedOf(model, 'model-a');
    const first = await startGateway({ database: 'embedded', config });
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await accept(first, `question ${i}`, `talk-${i}`));
    await gate.reached;
    await first.kill9();
    gate.open();
    const second = await startGateway({ database: 'embedded', config, home: first.home });
    for (const id of ids) {
      await eventually(
        () => statusOf(second, id),
        ({ status }) => status === 'completed',
      );
    }
    // No other gateway can have this data folder, so what the first one held is free at once.
    expect((await second.fetch('/api/v1/chat', { json: { message: 'and on', conversationId: 'talk-0' } })).status).toBe(
      200,
    );
    expect(await second.stop()).toBe(0);
  });
});

describe('a database that goes away and comes back', () => {
  it('loses no acknowledged turn, answers 503 meanwhile, and needs no restart of the gateway', async () => {
    const gateway = await startGateway({ database: 'embedded', config: {} });
    const acknowledged: string[] = [];
    const refused = new Map<number, number>();
    let running = true;
    let number = 0;
    const write = async () => {
      while (running) {
        const text = `message ${number++}`;
        const response = await gateway.fetch('/api/v1/chat', {
          json: { message: text, conversationId: `talk-${number % 5}` },
        });
        const body = (await response.json()) as { error?: string };
        if (response.status === 200) acknowledged.push(text);
        else {
          refused.set(response.status, (refused.get(response.status) ?? 0) + 1);
          expect(body.error).toBe('service_unavailable');
          expect(response.headers.get('retry-after')).not.toBeNull();
        }
      }
    };
    const writers = Array.from({ length: 6 }, write);
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged.length;
      await eventually(
        async () => acknowledged.length,
        (count) => count > before + 30,
      );
      const [pid] = readFileSync(join(gateway.dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
    }
    const before = acknowledged.length;
    await eventually(
      async () => acknowledged.length,
      (count) => count > before + 30,
    );
    running = false;
    await Promise.all(writers);

    const stored = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const response = await gateway.fetch(`/api/v1/conversations/talk-${i}`);
      const { messages } = (await response.json()) as { messages: { role: string; content: string }[] };
      const answers = messages.filter((message) => message.role === 'assistant');
      for (const answer of answers) stored.add(answer.content.slice(answer.content.indexOf('message ')));
    }
    const lost = acknowledged.filter((text) => !stored.has(text));
    console.log(
      `database killed 3 times under 6 writers: ${acknowledged.length} turns acknowledged, ${lost.length} lost, refused: ${JSON.stringify([...refused])}`,
    );
    expect(lost).toEqual([]);
    expect([...refused.keys()].filter((status) => status !== 503)).toEqual([]);
    expect(await gateway.stop()).toBe(0);
  });
});
