import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Postgres } from '@openclaw/adapter-postgres';
import type pg from 'pg';
import { openDatabase } from './open-database.js';

let postgres: Postgres;
let client: pg.Client;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ postgres, client, close } = await openDatabase(3));
});

afterAll(() => close());

/** Dead deliveries of `endpoint`, a minute apart, the newest now; ten conversations. */
async function bury(endpoint: string, count: number): Promise<void> {
  await client.query(
    `insert into webhook_endpoints (tenant, id, source, url, events, max_attempts, backoff_ms, secret, active_since)
     values ('t', $1, 'api', 'http://x/', '{message.received}', 3, 5000, '', now())`,
    [endpoint],
  );
  await client.query(
    `with numbers as (select n, $1 || n as id from generate_series(1, $2) n),
      events as (
        insert into webhook_events (tenant, id, name, at, conversation_id, channel, content)
        select 't', id, 'message.received', now() - make_interval(mins => $2 - n), 'c' || n % 10, 'api', 'hello' from numbers
      )
     insert into webhook_deliveries (tenant, event_id, endpoint_id, lane, no, name, state, tries, ended_at)
     select 't', id, $1, $1 || ' c' || n % 10, n, 'message.received', 'dead', 3, now() from numbers`,
    [endpoint, count],
  );
}

async function states(endpoint: string): Promise<Record<string, number>> {
  const { rows } = await client.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from webhook_deliveries where endpoint_id = $1 group by state',
    [endpoint],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

it('puts back a thousand within the call, and what is left a thousand at a time, on any replica', async () => {
  await bury('many', 2_400);
  await bury('others', 10);
  const { deliveries, queue } = postgres.webhooks;
  const since = new Date(Date.now() - 2_000.5 * 60_000);
  // The oldest 399 are from before then: they are looked at, and left.
  expect(await deliveries.redeliverSince('t', 'many', since)).toEqual({ count: 601, more: true });
  expect(await queue.putBack()).toEqual({ count: 1_000, more: true });
  // Asked for once more, it begins anew; what was put back is not dead any more.
  await deliveries.redeliverSince('t', 'others', new Date(0));
  expect(await queue.putBack()).toEqual({ count: 400, more: true });
  expect(await queue.putBack()).toEqual({ count: 0, more: false });
  expect(await states('many')).toEqual({ dead: 399, pending: 2_001 });
  expect(await states('others')).toEqual({ pending: 10 });
  const { rows } = await client.query('select from webhook_lanes');
  expect(rows).toHaveLength(20);
});
