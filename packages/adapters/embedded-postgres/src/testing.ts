import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { hasCode } from './errors.js';
import { livePostmaster } from './postmaster-file.js';
import { Postmaster } from './postmaster.js';
import { processMark } from './process-identity.js';
import type { ServerSettings } from './server-settings.js';

/** A throwaway PostgreSQL for tests: not safe against power cuts, on a Unix socket and on TCP. */
export interface TestCluster {
  /** The administrator's URL, over TCP on 127.0.0.1. */
  url: string;
  /** The same over the Unix socket. */
  socketUrl: string;
  /** See {@link createDatabase}. */
  createDatabase(template?: string): Promise<string>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

const PREFIX = 'openclaw-test-pg-';

/**
 * Starts a cluster in a temporary folder (about 1 s), after clearing away those of test runs that were killed.
 *
 * @param more settings of the server, by PostgreSQL's names
 */
export async function startTestCluster(more: ServerSettings = {}): Promise<TestCluster> {
  await sweepTestClusters();
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'owner.json'), JSON.stringify({ pid: process.pid, mark: processMark(process.pid) }));
  const settings = {
    listen_addresses: '127.0.0.1',
    port: await freePort(),
    max_connections: 200,
    max_wal_size: '256MB',
    ...more,
  };
  const server = await EmbeddedPostgres.start({ home, fsync: false, settings });
  const { user, password, port, database } = server.connection;
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  return {
    url,
    socketUrl: server.url,
    createDatabase: (template) => createDatabase(url, template),
    stop: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Creates a database of its own for a test file.
 *
 * @param adminUrl a URL of a user that may create databases
 * @param template a database to copy, to which nobody may be connected meanwhile; empty without one
 * @returns the new database's URL
 */
export async function createDatabase(adminUrl: string, template = 'template1'): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name} TEMPLATE "${template.replaceAll('"', '""')}"`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Removes a database that {@link createDatabase} made, cutting off whoever is connected. */
export async function dropDatabase(adminUrl: string, databaseUrl: string): Promise<void> {
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  await asAdmin(adminUrl, `DROP DATABASE IF EXISTS "${name.replaceAll('"', '""')}" WITH (FORCE)`);
}

/** Ends the clusters of test processes that are gone, and removes their files. */
export async function sweepTestClusters(): Promise<void> {
  const root = realpathSync(tmpdir());
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(root, name);
    if (!isAbandoned(home)) continue;
    const running = livePostmaster(join(home, 'postgres'));
    if (running) await Postmaster.adopt(join(home, 'postgres'), running.pid).stop(10_000);
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAbandoned(home: string): boolean {
  try {
    if (statSync(home).uid !== process.getuid?.()) return false;
    const owner = JSON.parse(readFileSync(join(home, 'owner.json'), 'utf8')) as { pid: number; mark: string };
    return processMark(owner.pid) !== owner.mark;
  } catch (error) {
    // Just being made, or just being removed.
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
