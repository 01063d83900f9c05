import { Client } from 'pg';
import type { GatewayConfig } from '../config/index.js';
import { explainFailure } from '../explain-failure.js';
import { borrowDatabasePlace, databaseExists } from '../storage.js';
import { clockFinding } from './check-clock.js';
import { fail, ok, type Finding } from './finding.js';

const PATIENCE_MS = 5_000;
const LEAST_VERSION = 15;

export interface CheckedDatabase {
  findings: Finding[];
  /** Whether there can be settings in it. */
  hasSchema: boolean;
}

/** Reachable, new enough, what schema it has, and how its clock goes. Changes nothing. */
export async function checkDatabase(config: GatewayConfig): Promise<CheckedDatabase> {
  if (!databaseExists(config)) {
    return { findings: [ok('database', 'the embedded PostgreSQL will be made at the first start')], hasSchema: false };
  }
  try {
    const place = await borrowDatabasePlace(config);
    try {
      return await look(place.url, place.embedded);
    } finally {
      await place.release();
    }
  } catch (error) {
    const [message = '', ...advice] = (explainFailure(error) ?? String(error)).split('\n');
    const next = advice.join(' ') || 'See what it says: openclaw logs --level warn';
    return { findings: [fail('database', message, next)], hasSchema: false };
  }
}

interface Facts {
  version: number;
  name: string;
  now: Date;
  has_schema: boolean;
  may_create: boolean;
}

async function look(url: string, embedded: boolean): Promise<CheckedDatabase> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  // The connection's end is seen by the query that was under way.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const asked = Date.now();
    const { rows } = await client.query<Facts>(
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as name,
              clock_timestamp() as now, to_regclass('schema_migrations') is not null as has_schema,
              has_schema_privilege(current_schema(), 'create') as may_create`,
    );
    const answered = Date.now();
    const [facts] = rows;
    if (!facts) throw new Error('the database answered nothing');
    const kind = embedded ? 'embedded PostgreSQL' : 'PostgreSQL';
    if (facts.version < LEAST_VERSION) {
      const advice = `Upgrade the server to PostgreSQL ${LEAST_VERSION} or newer.`;
      return {
        findings: [fail('database', `${kind} ${facts.name} is older than ${LEAST_VERSION}`, advice)],
        hasSchema: false,
      };
    }
    const schema = facts.has_schema ? await schemaOf(client) : 'no tables yet; made at the first start';
    const findings = [ok('database', `${kind} ${facts.name}, ${answered - asked} ms away; ${schema}`)];
    if (!facts.may_create) {
      findings.push(
        fail(
          'database',
          'its user may not create tables',
          'grant create on schema public to that user, so that the schema can be brought up to date.',
        ),
      );
    }
    if (!embedded)
      findings.push(clockFinding("the database server's clock", facts.now.getTime() - (asked + answered) / 2));
    return { findings, hasSchema: facts.has_schema };
  } finally {
    await client.end();
  }
}

async function schemaOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ steps: number }>('select count(*)::int as steps from schema_migrations');
  const steps = rows[0]?.steps ?? 0;
  return `schema at step ${steps}`;
}
