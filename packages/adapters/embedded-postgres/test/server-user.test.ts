import { chmodSync, cpSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { locatePackage, prepareBinaries } from '../src/binaries.js';
import { EmbeddedPostgres } from '../src/index.js';
import { canReach, serverUser } from '../src/server-user.js';
import { Bench, query } from './harness.js';

const asRoot = process.getuid?.() === 0 ? it : it.skip;
const NOBODY = { uid: 65534, gid: 65534 };
/** A plain user can run the tests' programs only where it can get at them and at Node. */
const nobodyCanRun = [process.execPath, import.meta.dirname].every((path) => canReach(NOBODY, path));
const asRootForNobody = nobodyCanRun ? asRoot : it.skip;

describe('the user the server runs as', () => {
  asRoot('is not root, and a data folder of mode 0700 is opened for passing through only', async () => {
    await using bench = new Bench();
    const home = bench.home();
    chmodSync(home, 0o700);
    const { server } = await bench.start(home, { fsync: false });
    expect(statSync(home).mode & 0o777).toBe(0o711);
    const uid = statSync(join(home, 'postgres')).uid;
    expect(uid).not.toBe(0);
    expect(uid).toBe(serverUser(home, join(home, 'postgres'))?.uid);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  asRoot('gets its cluster outside of a folder it cannot reach, and the same one at the next start', async () => {
    await using bench = new Bench();
    const closed = bench.home();
    chmodSync(closed, 0o700);
    const home = join(closed, '.openclaw');
    const first = await bench.start(home);
    const base = readFileSync(join(home, 'postgres.location'), 'utf8').trim();
    bench.later(() => rmSync(base, { recursive: true, force: true }));
    expect(dirname(base)).toBe('/var/lib/openclaw-gateway');
    expect(first.server.connection.host).toBe(join(base, 'postgres.socket'));
    expect(readFileSync(join(base, 'home'), 'utf8')).toBe(`${home}\n`);
    await query(first.server.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.server.stop();
    const second = await bench.start(home);
    expect(await query(second.server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    await second.server.stop();

    const copy = join(closed, 'copy');
    cpSync(home, copy, { recursive: true });
    await expect(EmbeddedPostgres.start({ home: copy })).rejects.toThrow(`belongs to the data folder ${home}`);
  });

  asRoot('gets a copy of the programs when the installed ones are out of its reach', async () => {
    await using bench = new Bench();
    const closed = bench.home();
    const base = bench.home();
    const installed = join(closed, 'package');
    cpSync(locatePackage(), installed, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    chmodSync(closed, 0o700);
    const programs = prepareBinaries(installed, base, NOBODY);
    expect(programs.postgres).toMatch(new RegExp(`^${base}/postgres-bin/[^/]+/native/bin/postgres$`));
    expect(canReach(NOBODY, dirname(programs.postgres))).toBe(true);
    const inode = statSync(programs.postgres).ino;
    expect(statSync(prepareBinaries(installed, base, NOBODY).postgres).ino).toBe(inode);
    expect(lstatSync(join(dirname(programs.postgres), '../lib/libicuuc.so.60')).isSymbolicLink()).toBe(true);
  });

  asRootForNobody(
    'is the gateway itself when that is a plain user, and the owner of the folder when root calls later',
    async () => {
      await using bench = new Bench();
      const parent = bench.home();
      chmodSync(parent, 0o777);
      const home = join(parent, 'data');
      const gateway = bench.program('gateway.mjs', [home], NOBODY);
      const { url } = JSON.parse(await gateway.line()) as { url: string };
      await query(url, 'CREATE TABLE kept AS SELECT 1 AS one');
      expect(await gateway.finish()).toBe(0);
      expect(statSync(home).mode & 0o777).toBe(0o700);

      const { server } = await bench.start(home);
      expect(await query(server.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
      await server.stop();
      expect(statSync(home).mode & 0o777).toBe(0o700);

      const again = bench.program('gateway.mjs', [home], NOBODY);
      const restarted = JSON.parse(await again.line()) as { url: string };
      expect(await query(restarted.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
      expect(await again.finish()).toBe(0);
    },
  );

  asRootForNobody('is told plainly when the cluster belongs to another user', async () => {
    await using bench = new Bench();
    const home = bench.home();
    mkdirSync(join(home, 'data'), { mode: 0o755 });
    const { server } = await bench.start(join(home, 'data'), { fsync: false });
    await server.stop();
    const intruder = bench.program('start.mjs', [join(home, 'data')], NOBODY);
    expect(await intruder.line()).toContain(
      'belongs to another user. Run the gateway as the user that made it, or as root.',
    );
  });
});
