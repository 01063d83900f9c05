import { setTimeout as sleep } from 'node:timers/promises';
import { startWorker } from '../child.mjs';
import { cpuSeconds } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { TOKEN } from '../surroundings.mjs';

const ENDPOINTS = 100;
const EVENTS_PER_SECOND = 100;
/** Twice as many deliveries as there are endpoints, each second. */
const BROADCASTS_PER_SECOND = 2;
const PATIENCE_MS = 60_000;
/** So that the pauses are no multiple of anything in the gateway. */
const JITTER = 0.5;

/** What a turn's transaction writes to the outbox; here alone, so that what is measured is what comes after it. */
const HAPPEN = `insert into events (tenant, name, conversation_id, channel, message_id, sender, content)
  select 'default', 'message.sent', 'conv_' || i % $2, 'api', 'msg_' || i, 'main',
    'Your order 4711 left our warehouse this morning and will be with you on Thursday before noon, as you had asked us to.'
  from generate_series($1::int, $1::int + $3::int - 1) i
  returning 'evt_' || event_id(xid, no, at) as id`;

/** From the outbox to a receiver on this machine: how many a second, how late, and what a dead endpoint costs the others. */
export async function measureWebhooks(surroundings, { webhookEvents, webhookSeconds, webhookRounds }, say) {
  const gateway = await surroundings.startGateway();
  const receiver = startWorker('load/receiver.mjs');
  const { url } = await receiver.ask({ work: 'serve' });
  const api = async (method, path, body) => {
    const response = await fetch(`${gateway.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const subscribe = (path) => api('POST', '/webhooks', { url: url + path, events: ['message.sent'] });
  const { database } = surroundings;
  let last = 0;
  const happen = async (count, conversations) => {
    const { rows } = await database.query(HAPPEN, [last, conversations, count]);
    last += count;
    return { at: performance.timeOrigin + performance.now(), ids: rows.map(({ id }) => id) };
  };
  const arrived = (count) => receiver.ask({ work: 'wait', count, maxMs: PATIENCE_MS });
  try {
    await api('PUT', '/config', { api: { webhooks: { allowPrivateNetworks: true } } });
    const first = await subscribe('/first');
    say(`webhooks: ${webhookEvents} events at once`);
    await happen(500, 100);
    await arrived(500);
    const rates = [];
    const cpu = [];
    for (let round = 0; round < webhookRounds; round++) {
      await receiver.ask({ work: 'forget' });
      const before = cpuSeconds(gateway.pid);
      const { at } = await happen(webhookEvents, 1_000);
      const { arrivals } = await arrived(webhookEvents);
      if (arrivals.length < webhookEvents) throw new Error(`only ${arrivals.length} of ${webhookEvents} arrived`);
      rates.push(webhookEvents / ((Math.max(...arrivals.map(([, time]) => time)) - at) / 1_000));
      cpu.push(((cpuSeconds(gateway.pid) - before) / webhookEvents) * 1e6);
    }

    /** Delays, sorted, of events that come evenly, each to so many endpoints. */
    const paced = async (perSecond, endpoints) => {
      await receiver.ask({ work: 'forget' });
      const committed = new Map();
      const count = Math.round(perSecond * webhookSeconds);
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        const due = start + ((i + Math.random() * JITTER) * 1_000) / perSecond;
        await sleep(Math.max(0, due - performance.now()));
        const { at, ids } = await happen(1, 500);
        committed.set(ids[0], at);
      }
      const { arrivals } = await arrived(count * endpoints);
      if (arrivals.length < count * endpoints)
        throw new Error(`only ${arrivals.length} of ${count * endpoints} arrived`);
      return Float64Array.from(arrivals, ([id, time]) => Math.max(0, time - (committed.get(id) ?? time))).sort();
    };
    say(`webhooks: ${EVENTS_PER_SECOND} events a second`);
    const delays = await paced(EVENTS_PER_SECOND, 1);
    await api('DELETE', `/webhooks/${first.id}`);

    say(`webhooks: ${ENDPOINTS} endpoints, one of them dead`);
    for (let i = 1; i < ENDPOINTS; i++) await subscribe(`/${i}`);
    const alone = [];
    const beside = [];
    for (let round = 0; round < webhookRounds; round++) {
      alone.push(percentile(await paced(BROADCASTS_PER_SECOND, ENDPOINTS - 1), 0.99));
      const dead = await subscribe('/dead');
      beside.push(percentile(await paced(BROADCASTS_PER_SECOND, ENDPOINTS - 1), 0.99));
      await api('DELETE', `/webhooks/${dead.id}`);
    }
    return {
      perSecond: median(rates),
      cpuMicros: median(cpu),
      delay: { perSecond: EVENTS_PER_SECOND, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) },
      isolation: {
        endpoints: ENDPOINTS,
        without: median(alone),
        with: median(beside),
        ratio: median(beside) / median(alone),
      },
    };
  } finally {
    await receiver.stop();
    await gateway.stop();
  }
}
