import pg, { type Client } from 'pg';
import { translate } from '../errors.js';

/** What text the values come out as, and go in; and time for as long as it takes. */
const SETTINGS = `
  set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set bytea_output = 'hex';
  set extra_float_digits = 1; set row_security = off`;

/** A connection for a backup, beside whatever else uses the database. It is closed in the middle of its work, which rolls that back, when `signal` says so. */
export async function withSession<T>(
  url: string,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'openclaw-backup',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // The end of a connection is seen by the statement that was under way.
  client.on('error', () => undefined);
  const breakOff = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', breakOff, { once: true });
  try {
    await client.connect();
    await client.query(SETTINGS);
    return await work(client);
  } catch (error) {
    throw translate(error);
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await client.end();
  }
}
