import { expect, it } from '@jest/globals';
import { startTestCluster } from '@openclaw/adapter-embedded-postgres/testing';
import pg from 'pg';
import { ChatServer } from '../channels/chat-server.js';
import { type GatewayProcess, later, REPLICA_ENV, startGateway } from '../harness/index.js';
import { deliveries, MESSAGES, subscribe, WEBHOOKS_HERE } from '../webhooks/endpoints.js';
import { answers, type Behaviour, Receiver, resets, takes } from '../webhooks/receiver.js';
import { eventually } from './eventually.js';
import { killDatabase } from './kill-database.js';

const CHATS = 50;
const SENDS_PER_CHAT = 10;
const SENDS = CHATS * SENDS_PER_CHAT;
const INBOUND_CHATS = 20;
const INBOUND_PER_CHAT = 5;
const HEARD = INBOUND_CHATS * INBOUND_PER_CHAT;
/** Each send is one, each message from a chat one, its answer another. */
const EVENTS = SENDS + 2 * HEARD;

/** Takes most of what comes, not always at once, and fails in every way that ends by itself. */
const moody: Behaviour = (res, request, nth) => {
  if (nth % 41 === 0) return resets(res, request, nth);
  if (nth % 29 === 0) return answers(429, { 'Retry-After': '0' })(res, request, nth);
  if (nth % 17 === 0) return answers(500)(res, request, nth);
  setTimeout(() => takes(res, request, nth), nth % 7);
};

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

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

/** What came in order, the first time each, and how many came again. */
function firstTimes(all: string[]): { order: string[]; again: number } {
  const order = [...new Set(all)];
  return { order, again: all.length - order.length };
}

const numbers = (count: number, name: (no: number) => string) => Array.from({ length: count }, (_, no) => name(no));

it('two replicas, 500 sends and 700 webhook events under way, one replica and the database killed: all of it arrives, in order', async () => {
  const chat = await ChatServer.start();
  chat.delayMs = 10;
  // Some things go wrong at the chat as well, before it has taken anything.
  chat.fault = (request) => (request % 23 === 0 ? 'busy' : request % 29 === 0 ? 'reset' : undefined);
  const receiver = await Receiver.start();
  receiver.on('/moody', moody);
  const cluster = await startTestCluster();
  later(() => cluster.stop());
  const database = await cluster.createDatabase();
  // The tests' server does not wait for its log by itself, and what is acknowledged here has to outlive its processes.
  await query(database, `alter database ${new URL(database).pathname.slice(1)} set synchronous_commit = on`);
  const config = { ...WEBHOOKS_HERE, channels: { webhook: chat.settings } };
  const start = () => startGateway({ database, config, env: REPLICA_ENV });
  const [dies, lives] = await Promise.all([start(), start()]);
  const retry = { maxAttempts: 10, backoffMs: 50 };
  const { id } = await subscribe(lives, `${receiver.url}/moody`, { retry, events: [...MESSAGES, 'message.failed'] });

  const statuses = new Map<number, number>();
  let accepted = 0;
  const sendAll = async (chatNo: number) => {
    for (let no = 0; no < SENDS_PER_CHAT; no++) {
      const body = { channel: 'webhook', chatId: `s${chatNo}`, message: `s${chatNo} send ${no}` };
      // Under one key, so that what was not acknowledged can be said again without being said twice.
      const headers = { 'Idempotency-Key': body.message };
      const replicas = (chatNo + no) % 2 ? [dies, lives] : [lives, dies];
      const response = await insist(replicas, (replica) => replica.fetch('/api/v1/send', { json: body, headers }));
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      accepted++;
    }
  };
  const writeAll = async (chatNo: number) => {
    for (let no = 0; no < INBOUND_PER_CHAT; no++) {
      const message = { chatId: `i${chatNo}`, text: `i${chatNo} message ${no}.` };
      const response = await insist(no % 2 ? [dies, lives] : [lives, dies], (replica) =>
        chat.write(replica.url, message, message.text.replaceAll(' ', '-')),
      );
      expect(response.status).toBe(202);
    }
  };
  const writers = Promise.all([
    ...Array.from({ length: CHATS }, (_, chatNo) => sendAll(chatNo)),
    ...Array.from({ length: INBOUND_CHATS }, (_, chatNo) => writeAll(chatNo)),
  ]);
  const underWay = () => `${accepted} sends accepted and ${receiver.at('/moody').length} events posted`;
  await receiver.until('/moody', (all) => all.length >= 150);
  const atFirst = underWay();
  await dies.kill9();
  await receiver.until('/moody', (all) => all.length >= 300);
  const atSecond = underWay();
  await killDatabase(cluster);
  await writers;

  // The chat: every send and every answer, in the order of its chat.
  const inChat = (chatId: string) => chat.taken.filter((taken) => taken.chatId === chatId).map(({ text }) => text);
  const distinct = (prefix: string) =>
    new Set(chat.taken.filter(({ chatId }) => chatId.startsWith(prefix)).map(({ text }) => text)).size;
  const answersIn = (chatId: string) => inChat(chatId).flatMap((text) => /message (\d+)\./.exec(text)?.[1] ?? []);
  const answered = () =>
    numbers(INBOUND_CHATS, (no) => `i${no}`).reduce((sum, id) => sum + new Set(answersIn(id)).size, 0);
  await eventually(
    async () => [distinct('s'), answered()],
    ([sends, answers]) => sends === SENDS && answers === HEARD,
    90_000,
  );
  let sentAgain = 0;
  for (let chatNo = 0; chatNo < CHATS; chatNo++) {
    const { order, again } = firstTimes(inChat(`s${chatNo}`));
    sentAgain += again;
    expect(order).toEqual(numbers(SENDS_PER_CHAT, (no) => `s${chatNo} send ${no}`));
  }
  let answeredAgain = 0;
  for (let chatNo = 0; chatNo < INBOUND_CHATS; chatNo++) {
    const { order, again } = firstTimes(answersIn(`i${chatNo}`));
    answeredAgain += again;
    expect(order).toEqual(order.toSorted());
  }
  // Each message has one answer in its conversation, however often that was delivered.
  const { messages } = (await (await lives.fetch('/api/v1/conversations/webhook:i0')).json()) as {
    messages: unknown[];
  };
  expect(messages).toHaveLength(INBOUND_PER_CHAT + new Set(answersIn('i0')).size);

  // The webhooks. What happened, and what became of it: beside each other, so that a failure tells where something was lost.
  const balance = () =>
    query<{ name: string; happened: number; delivered: number }>(
      database,
      `select e.name, count(*)::int as happened, count(d.state)::int as delivered
       from events e left join webhook_deliveries d
         on d.tenant = e.tenant and d.event_id = event_id(e.xid, e.no, e.at) and d.state = 'delivered'
       where e.name like 'message.%' group by e.name order by e.name`,
    );
  await eventually(
    balance,
    (rows) =>
      rows.reduce((sum, { happened }) => sum + happened, 0) === EVENTS &&
      rows.every((row) => row.happened === row.delivered),
    120_000,
  );
  expect(await query(database, 'select * from webhook_lanes')).toEqual([]);
  const posted = receiver.at('/moody');
  const events = firstTimes(posted.map(({ headers }) => String(headers['webhook-id'])));
  expect(events.order).toHaveLength(EVENTS);
  // As each conversation has them, in the order in which they happened.
  const happened = await query<{ event: string; conversation_id: string }>(
    database,
    `select 'evt_' || event_id(xid, no, at) as event, conversation_id from events where name like 'message.%' order by no`,
  );
  const conversationOf = new Map(happened.map(({ event, conversation_id }) => [event, conversation_id]));
  const grouped = (all: string[]) => Object.groupBy(all, (event) => conversationOf.get(event) ?? 'unknown');
  expect(grouped(events.order)).toEqual(grouped(happened.map(({ event }) => event)));
  const [recorded] = await query<{ attempts: number }>(
    database,
    'select sum(jsonb_array_length(attempts))::int as attempts from webhook_deliveries',
  );
  console.log(
    `kill -9 of one of two replicas with ${atFirst}, and of the database with ${atSecond}: ` +
      `${accepted} sends accepted (${JSON.stringify([...statuses])}), all delivered in order, ${sentAgain} of them twice; ` +
      `${HEARD} messages heard, all answered in order, ${answeredAgain} answers delivered twice; ` +
      `${EVENTS} events, all delivered, 0 reordered, ${events.again} requests again for what had been posted, ` +
      `${posted.length - (recorded?.attempts ?? 0)} requests more than were written down`,
  );
  expect((await deliveries(lives, id)).length).toBe(100);
  expect(await lives.stop()).toBe(0);
}, 240_000);
