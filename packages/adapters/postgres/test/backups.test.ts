import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { backUp, checkBackup, Postgres, restoreBackup } from '@openclaw/adapter-postgres';
import { InMemoryLogger } from '@openclaw/core/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations, knownMigrations } from '../src/backups/apply-migrations.js';

const admin = process.env['TEST_DATABASE_URL'] ?? '';
const NO_SECRETS = { files: new Map<string, string>(), key: null };

/** Of a gateway that has been started and stopped. */
let fresh: string;
/** The same with a row in every table, which is backed up at `path`. */
let source: string;
let folder: string;
let path: string;

/** One row in every table, made of the catalogue: whatever tables there are. */
const FILL = `
  do $$
  declare
    t record;
    a record;
    names text;
    vals text;
  begin
    set local session_replication_role = replica;
    for t in select c.oid, c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relname not in ('schema_migrations', 'replicas') and not exists (select from pg_inherits i where i.inhrelid = c.oid)
    loop
      names := ''; vals := '';
      for a in select attname, format_type(atttypid, null) as type, attidentity from pg_attribute
        where attrelid = t.oid and attnum > 0 and not attisdropped and attgenerated = ''
      loop
        continue when a.attidentity = 'a';
        names := names || ', ' || quote_ident(a.attname);
        vals := vals || ', ' || case a.type
          when 'text' then quote_literal(E'tab\\t, line\\n, \\\\N, \\\\., quote '' and \u{1F980}')
          when 'text[]' then $x$array['a,b', 'c"d', null, 'null']$x$
          when 'jsonb' then $x$'{"a": "line\\nbreak", "b": [1, null]}'::jsonb$x$
          when 'json' then $x$'{"b": 1, "a": "\\u00e9"}'::json$x$
          when 'boolean' then 'true'
          when 'bytea' then $x$'\\x00ff0a5c'::bytea$x$
          when 'timestamp with time zone' then $x$'2026-01-02 03:04:05.678901+00'::timestamptz$x$
          when 'xid8' then 'pg_current_xact_id()'
          when 'pg_snapshot' then $x$'10:20:10,14,15'::pg_snapshot$x$
          when 'character varying' then '''key'''
          when 'integer[]' then 'array[7]'
          else '7::' || a.type end;
      end loop;
      execute format('insert into %I (%s) values (%s) on conflict do nothing', t.relname, substr(names, 3), substr(vals, 3));
    end loop;
  end $$`;

const ROWS = `select c.relname::text as name,
    (xpath('/row/c/text()', query_to_xml(format('select md5(string_agg(t::text, chr(10) order by t::text)) as c from %I t', c.relname), false, true, '')))[1]::text as sum
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
    and c.relname not in ('schema_migrations', 'replicas', 'events', 'webhook_cursor') order by 1`;

const SHAPE = `
  select 'index ' || indexdef as what from pg_indexes where schemaname = 'public' and tablename <> 'schema_migrations'
  union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 'schema_migrations'::regclass
  union all select 'trigger ' || tgenabled::text || ' ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
  union all select 'function ' || md5(pg_get_functiondef(oid)) || ' ' || proname from pg_proc where pronamespace = 'public'::regnamespace
  union all select 'migration ' || name from schema_migrations order by 1`;

/** By when they were made: see set-aside.ts. */
const INDEX_ORDER = `select x.relname::text as name from pg_index i join pg_class x on x.oid = i.indexrelid
  where x.relnamespace = 'public'::regnamespace and i.indrelid <> 'schema_migrations'::regclass order by i.indrelid, x.oid`;

async function ask<Row>(url: string, statement: string, values: unknown[] = []): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query(statement, values)).rows as Row[]);
}

async function inNewDatabase(work: (url: string) => Promise<void>, like?: string): Promise<void> {
  const url = await createDatabase(admin, like && new URL(like).pathname.slice(1));
  try {
    await work(url);
  } finally {
    await dropDatabase(admin, url);
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** As a gateway does that is started and stopped. */
async function start(url: string): Promise<void> {
  const postgres = await Postgres.open({ url, poolSize: 2, alone: true }, new InMemoryLogger());
  await postgres.close();
}

async function restore(url: string, file = path, force = false) {
  return restoreBackup(url, { path: file, checked: await checkBackup(file), force });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openclaw-backup-'));
  path = join(folder, 'backup.tar.zst');
  fresh = await createDatabase(admin);
  await start(fresh);
  source = await createDatabase(admin, new URL(fresh).pathname.slice(1));
  await ask(source, FILL);
  await backUp(source, { path, gateway: '1.2.3', secrets: NO_SECRETS });
});

afterAll(async () => {
  await dropDatabase(admin, fresh);
  await dropDatabase(admin, source);
  await rm(folder, { recursive: true });
});

describe('a backup', () => {
  it('has every table that is not unlogged, with its rows', async () => {
    const { manifest, tables } = await checkBackup(path);
    const there = await ask<{ name: string }>(
      source,
      `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relpersistence = 'p'
       and relname <> 'schema_migrations' order by 1`,
    );
    const gateway = tables.filter(({ group }) => group === 'gateway');
    expect(gateway.map(({ name }) => name)).toEqual(there.map(({ name }) => name));
    expect(gateway.filter(({ rows }) => rows === 0).map(({ name }) => name)).toEqual(['replicas']);
    expect(manifest).toMatchObject({ gateway: '1.2.3', migrations: expect.arrayContaining(['Memory1763600000023']) });
  });

  it('comes back whole: rows, indexes, keys, triggers, functions and sequences', async () => {
    await inNewDatabase(async (url) => {
      expect(await restore(url)).toEqual({ replaced: {}, migrated: [], leftOut: [] });
      expect(await ask(url, ROWS)).toEqual(await ask(source, ROWS));
      expect(await ask(url, SHAPE)).toEqual(await ask(source, SHAPE));
      expect(await ask(url, INDEX_ORDER)).toEqual(await ask(source, INDEX_ORDER));
      const numbers = `select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1`;
      expect(await ask(url, numbers)).toEqual(await ask(source, numbers));
    });
  });

  it('knows every column whose numbers are those of one server', async () => {
    const found = await ask(
      source,
      `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and format_type(a.atttypid, null) in
         ('xid', 'xid8', 'tid', 'pg_lsn', 'pg_snapshot', 'oid', 'regclass') and a.attnum > 0 order by 1`,
    );
    // What is new here is to be taken care of in renumber-events.ts.
    expect(found).toEqual([{ name: 'events.xid' }, { name: 'webhook_cursor.seen' }, { name: 'webhook_cursor.up_to' }]);
  });
});

describe('a database of another server', () => {
  // Two transactions that the cursor has seen, one of which is within the page that it is at, and one that it has not.
  const EVENTS = `
    insert into webhook_endpoints (tenant, id, source, url, events, max_attempts, backoff_ms, secret, active_since)
      values ('t', 'e', 'api', 'http://127.0.0.1:1', '{message.sent}', 3, 1, 's', now() - interval '1 hour');
    insert into events (xid, tenant, name, conversation_id, channel, content) values
      ('9000000000', 't', 'message.sent', 'c', 'api', 'seen'), ('9000000005', 't', 'message.sent', 'c', 'api', 'passed on'),
      ('9000000005', 't', 'message.sent', 'c', 'api', 'next'), ('9000000011', 't', 'message.sent', 'c', 'api', 'after');
    update webhook_cursor set seen = '9000000001:9000000001:', up_to = '9000000010:9000000010:',
      no = (select no from events where content = 'passed on')`;
  const JOBS = `insert into pgboss.job (name, data, state, started_on) values
    ('turns', '{"n": 1}', 'created', null), ('turns', '{"n": 2}', 'active', now()), ('turns', '{"n": 3}', 'completed', now())`;
  const THEIRS = 'create table theirs (id serial); insert into theirs values (1)';
  // As pgvector's are, beside the vectors.
  const EXTENSION = `create extension hstore; alter table memory_vectors add column embedding hstore;
    create index memory_vectors_embedding on memory_vectors using gin (embedding);
    insert into memory_vectors (tenant, no, model, vector, embedding) values ('t', 1, 1, '\\x0102', 'a=>1')`;
  let url: string;
  let leftOut: string[];

  beforeAll(async () => {
    url = await createDatabase(admin);
    await inNewDatabase(async (from) => {
      await ask(from, [EVENTS, JOBS, THEIRS, EXTENSION].join(';'));
      const file = join(folder, 'another.tar.zst');
      await backUp(from, { path: file, gateway: '1.2.3', secrets: NO_SECRETS });
      ({ leftOut } = await restore(url, file));
    }, fresh);
  });

  afterAll(() => dropDatabase(admin, url));

  it('passes on to webhooks what was not yet, and nothing twice', async () => {
    await ask(url, 'select fan_out_events(100)');
    const passedOn = await ask(url, 'select content from webhook_events order by content');
    expect(passedOn).toEqual([{ content: 'after' }, { content: 'next' }]);
    expect(await ask(url, 'select * from fan_out_events(100)')).toEqual([{ deliveries: 0, more: false, idle: false }]);
    await ask(
      url,
      `insert into events (tenant, name, conversation_id, channel, content) values ('t', 'message.sent', 'c', 'api', 'new')`,
    );
    expect(await ask(url, 'select deliveries from fan_out_events(100)')).toEqual([{ deliveries: 1 }]);
  });

  it('has the jobs again, also what was being done; none of what is done', async () => {
    expect(
      await ask(
        url,
        `select data ->> 'n' as n, state::text, started_on from pgboss.job where name = 'turns' order by 1`,
      ),
    ).toEqual([
      { n: '1', state: 'created', started_on: null },
      { n: '2', state: 'retry', started_on: null },
    ]);
    expect(await ask(url, "select retry_limit from pgboss.queue where name = 'turns'")).toEqual([{ retry_limit: 10 }]);
  });

  it('needs no extension that the other one had', async () => {
    expect(await ask(url, 'select * from memory_vectors')).toEqual([
      { tenant: 't', no: '1', model: 1, vector: Buffer.from([1, 2]) },
    ]);
  });

  it('gets no table that is not the gateway’s', async () => {
    expect(leftOut).toEqual(['theirs']);
    expect(await ask(url, "select to_regclass('theirs') as there")).toEqual([{ there: null }]);
  });
});

describe('restoring', () => {
  it('brings an older backup up to date', async () => {
    const [old] = [knownMigrations().slice(0, 1)];
    await inNewDatabase(async (url) => {
      await withClient(url, async (client) => {
        await applyMigrations(client, (name) => old?.includes(name) ?? false);
        await client.query(
          `insert into conversations (tenant, id, channel, agent_id, summary) values ('t', 'c', 'api', 'main', '')`,
        );
        await client.query(
          `insert into messages (tenant, conversation_id, turn_no, step, id, role, content) values ('t', 'c', 1, 0, 'm', 'user', 'Hi')`,
        );
      });
      const file = join(folder, 'old.tar.zst');
      await backUp(url, { path: file, gateway: '0.0.1', secrets: NO_SECRETS });
      await inNewDatabase(async (target) => {
        const { migrated } = await restore(target, file);
        expect(migrated).toEqual(knownMigrations().slice(1));
        expect(await ask(target, SHAPE)).toEqual(await ask(source, SHAPE));
        // A later migration made the message an entry of the memory.
        expect(await ask(target, 'select stream from memory_entries')).toEqual([{ stream: 'c:c' }]);
        await start(target);
      });
    });
  });

  it('refuses what a newer gateway made, and a database of one', async () => {
    const { manifest, ...checked } = await checkBackup(path);
    const newer = {
      ...checked,
      manifest: { ...manifest, gateway: '9.9.9', migrations: [...manifest.migrations, 'Later1763700000000'] },
    };
    await inNewDatabase(async (url) => {
      await expect(restoreBackup(url, { path, checked: newer, force: true })).rejects.toThrow(
        /gateway 9\.9\.9, which is newer .* Later1763700000000/,
      );
      expect(await ask(url, "select to_regclass('conversations') as there")).toEqual([{ there: null }]);
    });
    await inNewDatabase(async (url) => {
      await ask(url, `insert into schema_migrations ("timestamp", name) values (1763700000000, 'Later1763700000000')`);
      await expect(restore(url, path, true)).rejects.toThrow(/belongs to a newer gateway/);
    }, fresh);
  });

  it('replaces data only by force, and nothing that is not the gateway’s', async () => {
    await inNewDatabase(async (url) => {
      await ask(
        url,
        `create table theirs (id int); insert into theirs values (1);
        create function their_function() returns int language sql as 'select 1';
        insert into usage_by_hour values ('t', now(), 'x', 'main', 'echo', 1, 1, 1)`,
      );
      await expect(restore(url)).rejects.toThrow(/usage_by_hour: 1.* --force/);
      expect(await ask(url, 'select count(*)::int as n from messages')).toEqual([{ n: 0 }]);
      const { replaced } = await restore(url, path, true);
      expect(replaced).toMatchObject({ usage_by_hour: 1 });
      expect(await ask(url, 'select count(*)::int as n, their_function() as f from theirs')).toEqual([{ n: 1, f: 1 }]);
      expect(await ask(url, ROWS.replace("'replicas'", "'replicas', 'theirs'"))).toEqual(await ask(source, ROWS));
    }, fresh);
  });

  it('leaves everything as it was when it fails in the middle', async () => {
    await inNewDatabase(async (url) => {
      await ask(url, 'create view theirs as select id from messages; update settings set stored = \'{"mine": 1}\'');
      const before = [await ask(url, ROWS), await ask(url, SHAPE)];
      await expect(restore(url, path, true)).rejects.toThrow(/not the gateway's depends on its tables/);
      await ask(url, 'drop view theirs');
      const { tables, ...checked } = await checkBackup(path);
      const wrong = tables.map((table) => (table.name === 'turns' ? { ...table, rows: 2 } : table));
      await expect(restoreBackup(url, { path, checked: { ...checked, tables: wrong }, force: true })).rejects.toThrow(
        /changed while it was read/,
      );
      expect([await ask(url, ROWS), await ask(url, SHAPE)]).toEqual(before);
    }, source);
  });

  it('refuses while a gateway runs, and a database of another program', async () => {
    await inNewDatabase(async (url) => {
      const postgres = await Postgres.open({ url, poolSize: 2, alone: false }, new InMemoryLogger());
      try {
        await expect(restore(url, path, true)).rejects.toThrow(/A gateway runs on this database/);
      } finally {
        await postgres.close();
      }
    }, fresh);
    await inNewDatabase(async (url) => {
      await ask(url, 'create table messages (id int)');
      await expect(restore(url, path, true)).rejects.toThrow(/tables of another program .* messages/);
      await expect(backUp(url, { path, gateway: '', secrets: NO_SECRETS })).rejects.toThrow(/nothing to back up/);
    });
  });
});
