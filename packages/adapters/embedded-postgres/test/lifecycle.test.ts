import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { locatePackage } from '../src/binaries.js';
import { EmbeddedPostgres } from '../src/index.js';
import { livePostmaster } from '../src/postmaster-file.js';
import { serverUser } from '../src/server-user.js';
import { Bench, query } from './harness.js';

describe('EmbeddedPostgres', () => {
  it('makes a cluster, keeps its rows over a restart, and stops cleanly', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const first = await bench.start(home);
    await query(first.server.connection, 'CREATE TABLE note AS SELECT 42 AS answer');
    const [facts] = await query(
      first.server.url,
      `SELECT current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding,
        datlocprovider AS provider, datlocale AS locale, lower('ÄÖ') AS lower FROM pg_database WHERE datname = current_database()`,
    );
    expect(facts).toEqual({ tcp: '', fsync: 'on', encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', lower: 'äö' });
    await first.server.stop();
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
    expect(first.types).toEqual(['initialising', 'starting', 'ready', 'stopped']);

    const second = await bench.start(home);
    expect(await query(second.server.connection, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    expect(second.types).toEqual(['starting', 'ready']);
  });

  it('keeps everybody else out', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const { server } = await bench.start(home, { fsync: false });
    expect(lstatSync(server.connection.host).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'postgres')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'logs', 'postgres.log')).mode & 0o777).toBe(0o600);
    await expect(query({ ...server.connection, password: 'guess' }, 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('lives with a path that is too long for a socket, and finds the socket again', async () => {
    await using bench = new Bench();
    const home = join(bench.home(), 'deep'.repeat(20), 'deeper'.repeat(20));
    mkdirSync(home, { recursive: true, mode: 0o755 });
    const first = await bench.start(home, { fsync: false });
    const folder = first.server.connection.host;
    bench.later(() => rmSync(folder, { recursive: true, force: true }));
    expect(folder).toMatch(/^\/tmp\/openclaw-[0-9a-f]{12}$/);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    await first.server.stop();
    const second = await bench.start(home, { fsync: false });
    expect(second.server.connection.host).toBe(folder);
    expect(await query(second.server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.server.stop();
  });

  it('starts although the process id in postmaster.pid belongs to somebody else now', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const { server } = await bench.start(home, { fsync: false });
    const pidFile = join(home, 'postgres', 'postmaster.pid');
    const socketLock = join(server.connection.host, '.s.PGSQL.5432.lock');
    const remains = [pidFile, socketLock].map((path) => ({ path, text: readFileSync(path, 'utf8') }));
    await server.stop();

    const user = serverUser(home, join(home, 'postgres'));
    const stranger = spawn('sleep', ['600'], { ...user, stdio: 'ignore' });
    await once(stranger, 'spawn');
    bench.later(() => void stranger.kill('SIGKILL'));
    for (const { path, text } of remains) writeFileSync(path, text.replace(/^\d+/, String(stranger.pid)));

    const again = await bench.start(home, { fsync: false });
    expect(again.types).toEqual(['starting', 'ready']);
    expect(stranger.exitCode).toBeNull();
  });

  it('says in the words of the server why it does not start', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const start = EmbeddedPostgres.start({ home, fsync: false, settings: { shared_buffers: 'plenty' } });
    await expect(start).rejects.toThrow(
      /PostgreSQL did not start \(ended with status 1\)[^]*invalid value for parameter "shared_buffers"/,
    );
  });

  it('refuses a cluster of another major version', async () => {
    await using bench = new Bench();
    const home = bench.home();
    mkdirSync(join(home, 'postgres'));
    writeFileSync(join(home, 'postgres', 'PG_VERSION'), '15\n');
    await expect(EmbeddedPostgres.start({ home })).rejects.toThrow(
      /was made by PostgreSQL 15, and this gateway brings 18/,
    );
    expect(existsSync(join(home, 'postgres.password'))).toBe(false);
  });

  it('names DATABASE_URL where there are no binaries for the platform', () => {
    expect(() => locatePackage('win32-x64')).toThrow(/no embedded PostgreSQL for win32-x64[^]*Set DATABASE_URL/);
  });
});
