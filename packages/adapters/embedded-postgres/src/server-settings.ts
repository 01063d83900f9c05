import { totalmem } from 'node:os';

/** Settings of the server by PostgreSQL's own names. */
export type ServerSettings = Record<string, string | number>;

/** In MB: a sixteenth of the machine's or the container's. The server takes a page of it when it has something to put there. */
function cacheSize(): number {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return Math.min(512, Math.max(64, Math.floor(bytes / 16 / 2 ** 20)));
}

/** A server for one gateway: little memory when idle, no JIT (it costs more than it gives on short queries), and one way in. */
const DEFAULTS: ServerSettings = {
  listen_addresses: '',
  port: 5432,
  unix_socket_permissions: '0700',
  max_connections: 100,
  shared_buffers: `${cacheSize()}MB`,
  max_wal_size: '1GB',
  jit: 'off',
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
};

/** What is safe only for data that nobody misses after a power cut: tests. */
const VOLATILE: ServerSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The settings in force: defaults, then what `fsync` asks for, then what the caller set. */
export function effectiveSettings(fsync: boolean, overrides: ServerSettings | undefined): ServerSettings {
  return { ...DEFAULTS, ...(fsync ? {} : VOLATILE), ...overrides };
}

/** The command line of `postgres` for a cluster and its socket folder. */
export function serverArguments(data: string, socketFolder: string, settings: ServerSettings): string[] {
  // The setting is a list of folders, in which quotes protect a comma.
  const folder = `"${socketFolder.replaceAll('"', '""')}"`;
  const all = { ...settings, unix_socket_directories: folder };
  return ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
