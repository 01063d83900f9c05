import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useEmbeddedPostgres } from '../src/index.js';
import { livePostmaster } from '../src/postmaster-file.js';
import { Bench, query } from './harness.js';

describe('useEmbeddedPostgres', () => {
  it('starts the server when there is none and stops it afterwards', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const borrowed = await useEmbeddedPostgres({ home, fsync: false });
    expect(await query(borrowed.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await borrowed.release();
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });

  it("shares a running gateway's server and leaves it running", async () => {
    await using bench = new Bench();
    const home = bench.home();
    const gateway = bench.program('gateway.mjs', [home]);
    const { pid, url } = JSON.parse(await gateway.line()) as { pid: number; url: string };
    const borrowed = await useEmbeddedPostgres({ home });
    expect(borrowed.url).toBe(url);
    await borrowed.release();
    expect(livePostmaster(join(home, 'postgres'))?.pid).toBe(pid);
    expect(await gateway.finish()).toBe(0);
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });

  it('leaves its server to a gateway that came meanwhile', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const borrowed = await useEmbeddedPostgres({ home, fsync: false });
    const gateway = bench.program('gateway.mjs', [home]);
    const { url, adopted } = JSON.parse(await gateway.line()) as { url: string; adopted: boolean };
    expect(adopted).toBe(true);
    await borrowed.release();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await gateway.finish()).toBe(0);
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });

  it('lets tools that come at the same moment, to an empty folder, take turns', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const tools = Array.from({ length: 3 }, () => bench.program('tool.mjs', [home]));
    const codes = tools.map(async (tool) => {
      const url = await tool.line();
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      return tool.finish();
    });
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });

  it('gets along with a gateway that makes the same database at the same moment', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const gateway = bench.program('gateway.mjs', [home]);
    const tool = bench.program('tool.mjs', [home]);
    const started = JSON.parse(await gateway.line()) as { url: string };
    expect(await tool.line()).toBe(started.url);
    expect(await tool.finish()).toBe(0);
    expect(await gateway.finish()).toBe(0);
    expect(livePostmaster(join(home, 'postgres'))).toBeUndefined();
  });
});
