import { ENDPOINT_COLUMNS } from './endpoint-row.js';

/** The webhooks' SQL. What the functions do stands in the migration that makes them. */

/** Events that one transaction passes on: at first, at least and at most. More of a backlog, fewer where each makes many deliveries. */
export const FAN_OUT_EVENTS = { first: 200, least: 10, most: 2_000 };
/** Deliveries that one transaction should make at most; it has half a minute for all of it. */
export const FAN_OUT_DELIVERIES = 10_000;

export const FAN_OUT = { name: 'fan_out_webhooks', text: 'select deliveries, more, idle from fan_out_events($1)' };

export const CLAIM = {
  name: 'claim_webhooks',
  text: 'select tenant, endpoint_id, lane from claim_webhook_lanes($1, $2, $3, $4, $5, $6)',
};

/** At most so many deliveries of a lane are taken at once, and no more when their texts have grown to this. */
const LANE_DELIVERIES = 10;
const LANE_BYTES = 1_000_000;

/** Of the lanes ($1 tenants, $2 names), the oldest deliveries with their events. */
export const HEADS = {
  name: 'webhook_heads',
  text: `select k.nth::int as nth, d.tries, v.id, v.tenant, v.name, v.at, v.conversation_id, v.channel, v.chat_id, v.message_id, v.sender,
      v.sender_name, v.content, v.failure, v.reason
    from unnest($1::text[], $2::text[]) with ordinality as k (tenant, lane, nth)
    cross join lateral (
      select h.*, coalesce(sum(octet_length(e.content)) over (order by h.no rows between unbounded preceding and 1 preceding), 0) as before
      from (
        select event_id, tries, no from webhook_deliveries d
        where d.tenant = k.tenant and d.lane = k.lane and d.state = 'pending'
        order by no limit ${LANE_DELIVERIES}
      ) h join webhook_events e on e.tenant = k.tenant and e.id = h.event_id
    ) d
    join webhook_events v on v.tenant = k.tenant and v.id = d.event_id
    where d.before < ${LANE_BYTES}
    order by k.nth, d.no`,
};

/** Those of the endpoints ($1 tenants, $2 ids) that are there. */
export const ENDPOINTS_OF = {
  name: 'webhook_endpoints_of',
  text: `select ${ENDPOINT_COLUMNS} from webhook_endpoints e
    where (e.tenant, e.id) in (select * from unnest($1::text[], $2::text[]))`,
};

/** Of the claims ($1 tenants, $2 lanes, $3 claims), those that still hold, for $4 ms more. */
export const RENEW = {
  name: 'renew_webhooks',
  text: `update webhook_lanes l set next_at = clock_timestamp() + make_interval(secs => $4 / 1000.0)
    from unnest($1::text[], $2::text[], $3::text[]) as k (tenant, lane, claim)
    where l.tenant = k.tenant and l.lane = k.lane and l.claim = k.claim
    returning l.tenant, l.lane`,
};

export const SETTLE = { name: 'settle_webhooks', text: 'select due, disabled from settle_webhooks($1, $2, $3)' };

export const GIVE_UP_LANES = 500;
export const GIVE_UP = 'select give_up_webhooks($1) as count';

export const FORGET_DELIVERIES = 2_000;
export const FORGET = 'select forget_webhooks($1, $2, $3) as count';

export const DEPTH = `select count(*)::int as depth from webhook_deliveries where state = 'pending'`;

export const REDELIVER = 'select redeliver_webhooks($1, $2, $3) as count';

/** Over from the beginning, where it is under way already. */
export const ASK_TO_PUT_BACK = `insert into webhook_redeliveries as r (tenant, endpoint_id, since) values ($1, $2, $3)
  on conflict (tenant, endpoint_id) do update set since = least(r.since, excluded.since), after_no = -1`;

/** So many dead deliveries are looked at in one go. */
export const PUT_BACK_AT_ONCE = 1_000;

export const PUT_BACK = 'select put_back as count, more from put_back_webhooks($1, $2, $3)';

const DELIVERY_COLUMNS = `d.event_id, d.endpoint_id, d.name, d.state, d.attempts, d.created_at, d.ended_at, d.no, e.conversation_id,
  greatest(l.next_at, d.created_at) as next_at`;
const DELIVERY_TABLES = `join webhook_events e on e.tenant = d.tenant and e.id = d.event_id
  left join webhook_lanes l on l.tenant = d.tenant and l.lane = d.lane and d.state = 'pending'`;

/** Before the place ($3 number, $4 event), of the states $5: of each as many as there may be in all, since a state is in the index. */
export const LIST_DELIVERIES = `select ${DELIVERY_COLUMNS} from (
    select d.* from unnest($5::text[]) as s (state) cross join lateral (
      select * from webhook_deliveries d
      where d.tenant = $1 and d.endpoint_id = $2 and d.state = s.state and (d.no, d.event_id) < ($3, $4)
      order by d.no desc, d.event_id desc limit $6
    ) d order by d.no desc, d.event_id desc limit $6
  ) d ${DELIVERY_TABLES}
  order by d.no desc, d.event_id desc`;

export const FIND_DELIVERY = `select ${DELIVERY_COLUMNS} from webhook_deliveries d ${DELIVERY_TABLES}
  where d.tenant = $1 and d.event_id = $2 and d.endpoint_id = $3`;

export const RECORD_TEST = `with event as (
    insert into webhook_events (tenant, id, name, at, channel) values ($1, $2, $3, $4, '')
  )
  insert into webhook_deliveries (tenant, event_id, endpoint_id, lane, no, name, state, tries, attempts, ended_at)
  values ($1, $2, $5, '', nextval(pg_get_serial_sequence('events', 'no')), $3, $6, 1, jsonb_build_array($7::jsonb), now())`;
