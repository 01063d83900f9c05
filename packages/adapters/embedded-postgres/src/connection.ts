/** How to reach the embedded server; the fields are those of a `pg` client's or pool's options. */
export interface EmbeddedConnection {
  /** The folder of the Unix socket. */
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export const SUPERUSER = 'openclaw';
export const DATABASE = 'postgres';

/** The connection as a URL that both `pg` and libpq's programs understand. Contains the password. */
export function connectionUrl(connection: EmbeddedConnection): string {
  const { host, port, user, password, database } = connection;
  const place = new URLSearchParams({ host, port: String(port) });
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@/${encodeURIComponent(database)}?${place}`;
}
