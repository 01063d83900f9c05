import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { startTestCluster } from '@openclaw/adapter-embedded-postgres/testing';
import pg from 'pg';
import { later, REPLICA_ENV, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { deliveries, MESSAGES, subscribe, WEBHOOKS_HERE } from './endpoints.js';
import { answers, type Behaviour, Receiver, resets, takes } from './receiver.js';

const CONVERSATIONS = 25;
const TURNS = 10;
/** Each turn is a message and its answer. */
const EVENTS = CONVERSATIONS * TURNS * 2;

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

it('kill -9 of a replica and of the database, with 500 events under way: each one is delivered, and each conversation in its order', async () => {
  const cluster = await startTestCluster();
  later(() => cluster.stop());
  const database = await cluster.createDatabase();
  // The tests' server does not wait for its log by itself, and what is acknowledged here has to outlive its processes.
  await query(database, `alter database ${new URL(database).pathname.slice(1)} set synchronous_commit = on`);
  const receiver = await Receiver.start();
  receiver.on('/moody', moody);
  const start = () => startGateway({ database, config: WEBHOOKS_HERE, env: REPLICA_ENV });
  const [dies, lives] = await Promise.all([start(), start()]);
  const retry = { maxAttempts: 10, backoffMs: 50 };
  const { id } = await subscribe(lives, `${receiver.url}/moody`, { retry, events: [...MESSAGES, 'message.failed'] });

  const talk = async (conversation: string) => {
    for (let turn = 0; turn < TURNS; turn++) {
      const json = { message: `${turn}`, conversation_id: conversation, wait_for_response: false };
      // Under one key, so that what was not acknowledged can be said again without being said twice.
      const headers = { 'Idempotency-Key': `${conversation}-${turn}` };
      await eventually(
        () => lives.fetch('/api/v1/message', { json, headers }).catch(() => undefined),
        (response) => response?.status === 202,
      );
    }
  };
  const names = Array.from({ length: CONVERSATIONS }, (_, i) => `talk-${i}`);
  const talking = Promise.all(names.map(talk));
  await receiver.until('/moody', (all) => all.length >= 100);
  await dies.kill9();
  await receiver.until('/moody', (all) => all.length >= 200);
  const [folder] = await query<{ setting: string }>(
    database,
    `select setting from pg_settings where name = 'data_directory'`,
  );
  const [pid] = readFileSync(join(folder?.setting ?? '', 'postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), 'SIGKILL');
  await talking;

  // What happened, and what became of it: beside each other, so that a failure tells where something was lost.
  const balance = () =>
    query<{ name: string; happened: number; delivered: number }>(
      database,
      `select e.name, count(*)::int as happened, count(d.state)::int as delivered
       from events e left join webhook_deliveries d
         on d.tenant = e.tenant and d.event_id = event_id(e.xid, e.no, e.at) and d.state = 'delivered'
       where e.name like 'message.%' group by e.name order by e.name`,
    ).catch(() => []);
  // An answer that could not be stored while the database was away may have ended as a failure: that is an event as well.
  const whole = (rows: { happened: number }[]) => rows.reduce((sum, { happened }) => sum + happened, 0) === EVENTS;
  const happened = await eventually(
    balance,
    (rows) => whole(rows) && rows.every((row) => row.happened === row.delivered),
    120_000,
  );
  expect(happened.find(({ name }) => name === 'message.received')?.happened).toBe(EVENTS / 2);
  expect(await query(database, 'select * from webhook_lanes')).toEqual([]);

  // What was taken: a first time counts for the order, another time is a duplicate.
  const seen = new Set<string>();
  const order = new Map<string, string[]>();
  for (const { headers, body } of receiver.at('/moody')) {
    const event = String(headers['webhook-id']);
    if (seen.has(event)) continue;
    seen.add(event);
    const { conversationId = '', content = '' } = body.data;
    order.set(conversationId, [...(order.get(conversationId) ?? []), content]);
  }
  expect(seen.size).toBe(EVENTS);
  const said = Array.from({ length: TURNS }, (_, turn) => `${turn}`);
  for (const name of names) {
    const received = (order.get(name) ?? []).filter((content) => /^\d+$/.test(content));
    expect(received).toEqual(said);
    expect(order.get(name)).toEqual(await contentsOf(name));
  }
  const attempts = receiver.at('/moody').length;
  const [recorded] = await query<{ attempts: number }>(
    database,
    'select sum(jsonb_array_length(attempts))::int as attempts from webhook_deliveries',
  );
  console.log(
    `kill -9 of one of two replicas and of the database: ${EVENTS} events, ${seen.size} delivered, 0 reordered; ` +
      `${attempts} requests came in, of which ${attempts - (recorded?.attempts ?? 0)} more than were written down`,
  );
  expect((await deliveries(lives, id)).length).toBe(100);
  expect(await lives.stop()).toBe(0);

  /** As the conversation has them, in the order in which the events happened. */
  async function contentsOf(conversation: string): Promise<string[]> {
    const rows = await query<{ content: string }>(
      database,
      `select content from events where conversation_id = '${conversation}' and name like 'message.%' order by no`,
    );
    return rows.map(({ content }) => content);
  }
}, 240_000);
