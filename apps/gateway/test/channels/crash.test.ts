import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { startTestCluster, type TestCluster } from '@openclaw/adapter-embedded-postgres/testing';
import pg from 'pg';
import { type GatewayProcess, later, REPLICA_ENV, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { ChatServer } from './chat-server.js';

const CHATS = 50;
const SENDS_PER_CHAT = 10;
const INBOUND_CHATS = 20;
const INBOUND_PER_CHAT = 5;

/** Asks one replica after the other until one answers with what is not a 5xx; the request must be one that can be repeated. */
async function insist(replicas: GatewayProcess[], ask: (url: GatewayProcess) => Promise<Response>): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const replica = replicas[tries % replicas.length];
    if (!replica || tries > 2_000) throw new Error('nobody answers');
    try {
      const response = await ask(replica);
      const text = await response.text();
      if (response.status < 500) return new Response(text, response);
    } catch (error) {
      // The replica is dead, or has just died under the request. (No instanceof: fetch is of another realm than this test.)
      if (!(error instanceof Error && error.name === 'TypeError') && !/fetch failed|terminated/.test(String(error)))
        throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The server is killed as a power cut would; its supervisor starts it again. */
async function killDatabase(cluster: TestCluster): Promise<void> {
  const client = new pg.Client(cluster.url);
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8');
  const postmaster = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  process.kill(postmaster, 'SIGKILL');
  await client.end().catch(() => undefined);
}

/** The tests' server does not wait for its log by itself, and what is acknowledged here has to outlive its processes. */
async function keepWhatIsAcknowledged(database: string): Promise<void> {
  const client = new pg.Client(database);
  await client.connect();
  await client.query(`alter database ${new URL(database).pathname.slice(1)} set synchronous_commit = on`);
  await client.end();
}

/** What came of each chat in order, the first time each, and how many came again. */
function firstTimes(texts: string[]): { order: string[]; again: number } {
  const order = [...new Set(texts)];
  return { order, again: texts.length - order.length };
}

describe('two replicas, one killed, and their database restarted', () => {
  it('deliver every send that was accepted and answer every message that was heard, in order', async () => {
    const chat = await ChatServer.start();
    chat.delayMs = 10;
    // Some things go wrong at the chat as well, before it has taken anything.
    chat.fault = (request) => (request % 23 === 0 ? 'busy' : request % 29 === 0 ? 'reset' : undefined);
    const cluster = await startTestCluster();
    later(() => cluster.stop());
    const database = await cluster.createDatabase();
    await keepWhatIsAcknowledged(database);
    const config = { channels: { webhook: chat.settings } };
    const [one, two] = (await Promise.all(
      ['one', 'two'].map(() => startGateway({ database, config, env: REPLICA_ENV })),
    )) as [GatewayProcess, GatewayProcess];

    const accepted = { sends: 0, heard: 0 };
    const statuses = new Map<number, number>();
    const sendAll = async (chatNo: number) => {
      for (let no = 0; no < SENDS_PER_CHAT; no++) {
        const body = { channel: 'webhook', chatId: `s${chatNo}`, message: `s${chatNo} send ${no}` };
        const headers = { 'Idempotency-Key': body.message };
        const replicas = (chatNo + no) % 2 ? [one, two] : [two, one];
        const response = await insist(replicas, (replica) => replica.fetch('/api/v1/send', { json: body, headers }));
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        accepted.sends++;
      }
    };
    const writeAll = async (chatNo: number) => {
      for (let no = 0; no < INBOUND_PER_CHAT; no++) {
        const message = { chatId: `i${chatNo}`, text: `i${chatNo} message ${no}.` };
        const response = await insist(no % 2 ? [one, two] : [two, one], (replica) =>
          chat.write(replica.url, message, message.text.replaceAll(' ', '-')),
        );
        expect(response.status).toBe(202);
        accepted.heard++;
      }
    };
    const writers = Promise.all([
      ...Array.from({ length: CHATS }, (_, chatNo) => sendAll(chatNo)),
      ...Array.from({ length: INBOUND_CHATS }, (_, chatNo) => writeAll(chatNo)),
    ]);
    await eventually(
      async () => accepted.sends,
      (count) => count > 150,
      60_000,
    );
    await one.kill9();
    const killedAt = { ...accepted };
    await eventually(
      async () => accepted.sends,
      (count) => count > 300,
      60_000,
    );
    await killDatabase(cluster);
    await writers;

    const distinct = (prefix: string) =>
      new Set(chat.taken.filter(({ chatId }) => chatId.startsWith(prefix)).map(({ text }) => text));
    await eventually(
      async () => [distinct('s').size, distinct('i').size],
      ([sends = 0, answers = 0]) => sends === CHATS * SENDS_PER_CHAT && answers === INBOUND_CHATS * INBOUND_PER_CHAT,
      90_000,
    );
    let duplicates = 0;
    for (let chatNo = 0; chatNo < CHATS; chatNo++) {
      const { order, again } = firstTimes(
        chat.taken.filter(({ chatId }) => chatId === `s${chatNo}`).map(({ text }) => text),
      );
      duplicates += again;
      expect(order).toEqual(Array.from({ length: SENDS_PER_CHAT }, (_, no) => `s${chatNo} send ${no}`));
    }
    let answeredAgain = 0;
    for (let chatNo = 0; chatNo < INBOUND_CHATS; chatNo++) {
      const { order, again } = firstTimes(
        chat.taken.filter(({ chatId }) => chatId === `i${chatNo}`).map(({ text }) => text),
      );
      answeredAgain += again;
      expect(order.map((text) => /message (\d+)\./.exec(text)?.[1])).toEqual(
        Array.from({ length: INBOUND_PER_CHAT }, (_, no) => String(no)),
      );
    }
    console.log(
      `killed a replica after ${killedAt.sends} sends and ${killedAt.heard} messages, then the database: ` +
        `${accepted.sends} sends accepted (${JSON.stringify([...statuses])}), all delivered in order, ${duplicates} of them twice; ` +
        `${accepted.heard} messages heard, all answered in order, ${answeredAgain} answers delivered twice`,
    );
    // Each message has one answer in its conversation, however often that was delivered.
    const { messages } = (await (await two.fetch('/api/v1/conversations/webhook:i0')).json()) as {
      messages: unknown[];
    };
    expect(messages).toHaveLength(2 * INBOUND_PER_CHAT);
    expect(await two.stop()).toBe(0);
  }, 240_000);

  it('move the connection of a channel to the one that is left', async () => {
    const chat = await ChatServer.start();
    const cluster = await startTestCluster();
    later(() => cluster.stop());
    const database = await cluster.createDatabase();
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
});
