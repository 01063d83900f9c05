import {
  type ConfiguredEndpoint,
  Conflict,
  type EndpointChange,
  type NewEndpoint,
  type WebhookEndpoint,
  WebhookEndpoints,
} from '@openclaw/core';
import type { Database } from '../database.js';
import { ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './endpoint-row.js';
import { GIVE_UP, GIVE_UP_LANES } from './statements.js';

const LIST = `select ${ENDPOINT_COLUMNS} from webhook_endpoints e where e.tenant = $1 order by e.created_at, e.id`;
const FIND = `select ${ENDPOINT_COLUMNS} from webhook_endpoints e where e.tenant = $1 and e.id = $2`;
const CONFIGURED = `select ${ENDPOINT_COLUMNS} from webhook_endpoints e where e.source = 'config'`;

/** One at a time for a tenant, so that the count holds. Of another number space than those of TypeORM's and pg-boss's locks. */
const LOCK_TENANT = `select pg_advisory_xact_lock(1870230015, hashtext($1))`;
const LOCK_CONFIGURED = `select pg_advisory_xact_lock(1870230016, 0)`;

const CREATE = `insert into webhook_endpoints as e (tenant, id, source, url, events, max_attempts, backoff_ms, secret,
    active_since, disabled_at, disabled_reason)
  select $1, $2, 'api', $3, $4, $5, $6, $7,
    case when $8::boolean then date_trunc('milliseconds', now()) end,
    case when not $8::boolean then date_trunc('milliseconds', now()) end,
    case when not $8::boolean then 'operator' end
  where (select count(*) from webhook_endpoints where tenant = $1) < $9
  returning ${ENDPOINT_COLUMNS}`;

/** $8: whether it is to be enabled; null leaves that as it is. */
const CHANGE = `update webhook_endpoints e set
    url = coalesce($3, url), events = coalesce($4, events),
    max_attempts = coalesce($5, max_attempts), backoff_ms = coalesce($6, backoff_ms),
    secret = coalesce($7::text, secret),
    previous_secret = case when $7::text is null then previous_secret else $9::text end,
    previous_secret_until = case when $7::text is null then previous_secret_until else $10::timestamptz end,
    active_since = case when $8::boolean is null then active_since when $8::boolean then coalesce(active_since, date_trunc('milliseconds', now())) end,
    disabled_at = case when $8::boolean is null then disabled_at when not $8::boolean then coalesce(disabled_at, date_trunc('milliseconds', now())) end,
    disabled_reason = case when $8::boolean is null then disabled_reason when not $8::boolean then coalesce(disabled_reason, 'operator') end,
    failing_since = case when $8::boolean and active_since is null then null else failing_since end,
    updated_at = date_trunc('milliseconds', now())
  where tenant = $1 and id = $2
  returning ${ENDPOINT_COLUMNS}`;

const DELETE = 'delete from webhook_endpoints where tenant = $1 and id = $2 returning id';

const CONFIGURE = `insert into webhook_endpoints as e (tenant, id, source, url, events, max_attempts, backoff_ms, secret,
    previous_secret, previous_secret_until, active_since, disabled_at, disabled_reason)
  values ($1, $2, 'config', $3, $4, $5, $6, $7, $9, $10,
    case when $8::boolean then date_trunc('milliseconds', now()) end,
    case when not $8::boolean then date_trunc('milliseconds', now()) end,
    case when not $8::boolean then 'operator' end)
  on conflict (tenant, id) do update set
    events = excluded.events, max_attempts = excluded.max_attempts, backoff_ms = excluded.backoff_ms, secret = excluded.secret,
    previous_secret = excluded.previous_secret, previous_secret_until = excluded.previous_secret_until,
    active_since = coalesce(case when excluded.active_since is not null then e.active_since end, excluded.active_since),
    disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason,
    failing_since = case when e.active_since is null then null else e.failing_since end,
    updated_at = excluded.updated_at
  where e.events <> excluded.events or e.max_attempts <> excluded.max_attempts or e.backoff_ms <> excluded.backoff_ms
    or e.secret <> excluded.secret
    -- One that disabled itself is not enabled by a configuration that only says what it said before.
    or (excluded.active_since is null and (e.active_since is not null or e.disabled_reason <> 'operator'))
    or (excluded.active_since is not null and e.disabled_reason = 'operator')`;

const UNCONFIGURE = `delete from webhook_endpoints
  where source = 'config' and (tenant, id) not in (select * from unnest($1::text[], $2::text[])) returning id`;

const COUNTS = `select count(*) filter (where active_since is not null)::int as active,
    count(*) filter (where active_since is not null and failing_since is not null)::int as failing,
    count(*) filter (where disabled_reason in ('gone', 'failing'))::int as disabled
  from webhook_endpoints`;

export class PostgresWebhookEndpoints extends WebhookEndpoints {
  constructor(private readonly database: Database) {
    super();
  }

  async list(tenant: string): Promise<WebhookEndpoint[]> {
    return (await this.database.query<EndpointRow>(LIST, [tenant])).map(toEndpoint);
  }

  async find(tenant: string, id: string): Promise<WebhookEndpoint | undefined> {
    const [row] = await this.database.query<EndpointRow>(FIND, [tenant, id]);
    return row && toEndpoint(row);
  }

  async create(tenant: string, endpoint: NewEndpoint, most: number): Promise<WebhookEndpoint> {
    const { id, url, events, retry, secrets, enabled } = endpoint;
    const values = [tenant, id, url, events, retry.maxAttempts, retry.backoffMs, secrets.current, enabled, most];
    return this.database.transaction(async (client) => {
      await client.query(LOCK_TENANT, [tenant]);
      const [row] = (await client.query<EndpointRow>(CREATE, values)).rows;
      if (!row) throw new Conflict(`There are ${most} webhooks already; delete one first`);
      return toEndpoint(row);
    });
  }

  async change(tenant: string, id: string, change: EndpointChange): Promise<WebhookEndpoint | undefined> {
    const { url, events, retry, secrets, enabled } = change;
    const [row] = await this.database.query<EndpointRow>(CHANGE, [
      tenant,
      id,
      url ?? null,
      events ?? null,
      retry?.maxAttempts ?? null,
      retry?.backoffMs ?? null,
      secrets?.current ?? null,
      enabled ?? null,
      secrets?.previous?.sealed ?? null,
      secrets?.previous?.until ?? null,
    ]);
    // What is more than this is given up by `tidy`.
    if (row?.disabled_at) await this.database.query(GIVE_UP, [GIVE_UP_LANES]);
    return row && toEndpoint(row);
  }

  async delete(tenant: string, id: string): Promise<boolean> {
    return (await this.database.query(DELETE, [tenant, id])).length > 0;
  }

  async configured(): Promise<WebhookEndpoint[]> {
    return (await this.database.query<EndpointRow>(CONFIGURED)).map(toEndpoint);
  }

  async configure(endpoints: readonly ConfiguredEndpoint[]): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(LOCK_CONFIGURED);
      for (const { tenant, id, url, events, retry, secrets, enabled } of endpoints) {
        const { sealed = null, until = null } = secrets.previous ?? {};
        const common = [tenant, id, url, events, retry.maxAttempts, retry.backoffMs, secrets.current, enabled];
        await client.query(CONFIGURE, [...common, sealed, until]);
      }
      await client.query(UNCONFIGURE, [endpoints.map(({ tenant }) => tenant), endpoints.map(({ id }) => id)]);
    });
  }

  async counts(): Promise<{ active: number; failing: number; disabled: number }> {
    const [row] = await this.database.query<{ active: number; failing: number; disabled: number }>(COUNTS);
    return row ?? { active: 0, failing: 0, disabled: 0 };
  }
}
