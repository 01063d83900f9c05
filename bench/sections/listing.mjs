import { percentile } from '../statistics.mjs';
import { LISTING_TOKEN } from '../surroundings.mjs';

const LIMIT = 20;
const MAX_MS = 5_000;
const WALK_PAGES = 200;

/** In batches, each its own transaction, as they would come. Created one a second, the newest now. */
const SEED = `insert into conversations (tenant, id, channel, agent_id, summary, created_at, last_message_at, message_count, last_turn)
  select 'listing', 'conv_' || lpad(n::text, 10, '0'), (array['api', 'api', 'telegram', 'slack'])[1 + n % 4], 'main',
    'Where is my order ' || n || ', and can it still be delivered on Thursday?',
    date_trunc('milliseconds', now()) - make_interval(secs => $3 - n), now(), 2, 1
  from generate_series($1::int, $2::int) as n`;
const SEED_BATCH = 5_000;

/** What turns do to rows, one row at a time and each seeing what the one before it left. */
const UPDATE_RANDOM = `do $$ declare
  picked text;
begin
  for i in 1..$updates loop
    picked := 'conv_' || lpad((1 + floor(random() * $rows))::int::text, 10, '0');
    update conversations set message_count = message_count + 2, last_turn = last_turn + 1, last_message_at = now()
    where tenant = 'listing' and id = picked;
    if i % 50 = 0 then commit; end if;
  end loop;
end $$`;

/** Pages of a long list from end to end, by offset and by cursor, in three states of the table. */
export async function measureListing(surroundings, { conversations, updates, pageRequests }, say) {
  const { database } = surroundings;
  const gateway = await surroundings.startGateway();
  const rows = [];
  const measure = async (state) => {
    say(`listing: ${state}`);
    rows.push(
      ...(await measurePages(surroundings.load, gateway, conversations, pageRequests)).map((row) => ({
        state,
        ...row,
      })),
    );
  };
  say(`listing: writing ${conversations} conversations`);
  for (let first = 1; first <= conversations; first += SEED_BATCH) {
    await database.query(SEED, [first, Math.min(first + SEED_BATCH - 1, conversations), conversations]);
  }
  await measure('just written, not vacuumed');
  await database.query('vacuum analyze conversations');
  await measure('vacuumed');
  say(`listing: ${updates} updates`);
  await database.query(UPDATE_RANDOM.replace('$updates', updates).replace('$rows', conversations));
  await measure(`after ${updates.toLocaleString('en')} updates of random rows`);
  await gateway.stop();
  return { conversations, rows };
}

async function measurePages(load, gateway, total, requests) {
  const page = (offset) => `${gateway.url}/api/v1/conversations?limit=${LIMIT}&offset=${offset}`;
  const order = { method: 'GET', token: LISTING_TOKEN, connections: 1, maxMs: MAX_MS };
  const fraction = (share) => Math.floor((total * share) / LIMIT) * LIMIT;
  await load.ask({ ...order, url: page(0), requests: 50 });
  const rows = [];
  const pages = { first: 0, '1/4': fraction(0.25), middle: fraction(0.5), '3/4': fraction(0.75), last: total - LIMIT };
  for (const [name, offset] of Object.entries(pages)) {
    const answer = await load.ask({ ...order, url: page(offset), requests });
    checkPage(answer.sample, total);
    rows.push(row(`offset, ${name} page`, answer));
  }
  const walks = {
    'from the start': 0,
    'from the middle': pages.middle,
    'to the end': total - LIMIT * (WALK_PAGES + 1),
  };
  for (const [name, offset] of Object.entries(walks)) {
    const answer = await load.ask({
      ...order,
      walk: true,
      url: page(Math.max(0, offset)),
      requests: Math.min(requests, WALK_PAGES),
    });
    rows.push(row(`cursor, ${name}`, answer));
  }
  return rows;
}

function row(page, { latencies }) {
  return { page, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), count: latencies.length };
}

function checkPage(sample, total) {
  const list = JSON.parse(sample.slice(sample.indexOf('\r\n\r\n') + 4));
  if (list.total !== total || list.conversations.length !== LIMIT) {
    throw new Error(`a page had ${list.conversations.length} conversations of ${list.total}`);
  }
}
