import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { EmbeddedConnection } from '../src/index.js';
import { livePostmaster } from '../src/postmaster-file.js';
import { Bench, type Watched, query } from './harness.js';

const WRITERS = 8;

describe('the supervisor', () => {
  it('brings a killed server back without losing a row that was acknowledged', async () => {
    await using bench = new Bench();
    const watched = await bench.start(bench.home());
    const { connection } = watched.server;
    await query(connection, 'CREATE TABLE entry (id integer PRIMARY KEY)');
    const writers = Array.from({ length: WRITERS }, (_, first) => new Writer(connection, first));
    const kills = 4;
    for (let kill = 1; kill <= kills; kill++) {
      await Promise.all(writers.map((writer) => writer.acknowledgedAtLeast(kill * 150)));
      const restarted = watched.next('restarted');
      killServer(watched);
      await restarted;
      expect(watched.server.connection).toEqual(connection);
    }
    await Promise.all(writers.map((writer) => writer.acknowledgedAtLeast((kills + 1) * 150)));
    const acknowledged = (await Promise.all(writers.map((writer) => writer.finish()))).flat();
    const rows = await query(connection, 'SELECT id FROM entry');
    const found = new Set(rows.map(({ id }) => id));
    const missing = acknowledged.filter((id) => !found.has(id));
    process.stdout.write(
      `${kills} kills: ${acknowledged.length} rows acknowledged, ${found.size} found, ${missing.length} lost\n`,
    );
    expect(missing).toEqual([]);
    expect(watched.types.filter((type) => type === 'restarted')).toHaveLength(kills);
  });

  it('leaves the recovery from a killed backend to the server', async () => {
    await using bench = new Bench();
    const watched = await bench.start(bench.home(), { fsync: false });
    const { connection, pid } = watched.server;
    const client = new Client(connection);
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await cut;
    await untilReachable(connection);
    expect(watched.server.pid).toBe(pid);
    expect(watched.types).not.toContain('crashed');
  });

  it('stops while a restart is under way', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const watched = await bench.start(home, { fsync: false });
    const crashed = watched.next('crashed');
    killServer(watched);
    await crashed;
    await watched.server.stop();
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
    expect(watched.types).not.toContain('restart-failed');
  });

  it('ends backends that outlived their server', async () => {
    await using bench = new Bench();
    const watched = await bench.start(bench.home(), { fsync: false });
    const client = new Client(watched.server.connection);
    client.on('error', () => undefined);
    await client.connect();
    // Never waits for anything, and so never looks whether its server is there.
    const busy = client.query('DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$').then(
      () => 'done',
      (error: unknown) => String(error),
    );
    await query(watched.server.connection, 'SELECT 1');
    const restarted = watched.next('restarted');
    killServer(watched);
    await restarted;
    expect(await busy).toMatch(/terminat/);
    await untilReachable(watched.server.connection);
  });

  it('takes over the server of a gateway that was killed, looks after it, and stops it', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const gateway = bench.program('gateway.mjs', [home]);
    const started = JSON.parse(await gateway.line()) as { pid: number; url: string };
    await query(started.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await gateway.killGroup();

    const watched = await bench.start(home);
    expect(watched.types).toEqual(['adopted', 'ready']);
    expect(watched.server.pid).toBe(started.pid);
    expect(watched.server.url).toBe(started.url);

    const restarted = watched.next('restarted');
    killServer(watched);
    await restarted;
    expect(await query(watched.server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await watched.server.stop();
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });

  it('stops a server it took over', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const first = await bench.start(home, { fsync: false });
    const { pid } = first.server;
    await first.server.detach();
    const second = await bench.start(home, { fsync: false });
    expect(second.server.pid).toBe(pid);
    await second.server.stop();
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });
});

function killServer(watched: Watched): void {
  process.kill(watched.server.pid ?? 0, 'SIGKILL');
}

/** Settles with the first connection the server accepts; fails with the test's own deadline. */
async function untilReachable(connection: EmbeddedConnection): Promise<void> {
  for (;;) {
    const answer = await query(connection, 'SELECT 1').catch((error: unknown) => error);
    if (Array.isArray(answer)) return;
  }
}

/** Inserts numbers of its own one by one, over new connections whenever the old one breaks, and remembers which were acknowledged. */
class Writer {
  private readonly acknowledged: number[] = [];
  private readonly waiting: { count: number; resolve: () => void }[] = [];
  private stopped = false;
  private readonly work: Promise<void>;

  constructor(
    private readonly connection: EmbeddedConnection,
    private readonly first: number,
  ) {
    this.work = this.run();
  }

  acknowledgedAtLeast(count: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  async finish(): Promise<number[]> {
    this.stopped = true;
    await this.work;
    return this.acknowledged;
  }

  private async run(): Promise<void> {
    for (let id = this.first; !this.stopped;) {
      const client = new Client(this.connection);
      const broken = new Promise<Error>((resolve) => client.once('error', resolve));
      try {
        await client.connect();
        for (; !this.stopped; id += WRITERS) {
          await client.query('INSERT INTO entry VALUES ($1)', [id]);
          this.acknowledged.push(id);
          for (const { count, resolve } of this.waiting) if (this.acknowledged.length >= count) resolve();
        }
      } catch {
        // Whether this row was written is unknown: the next one gets a new number.
        id += WRITERS;
      }
      await Promise.race([client.end(), broken]);
    }
  }
}
