import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DataFolderInUse, DataFolderLock } from '../src/index.js';
import { Bench } from './harness.js';

describe('DataFolderLock', () => {
  it('lets exactly one of several processes win, and tells the others which', async () => {
    await using bench = new Bench();
    const home = bench.home();
    for (let round = 0; round < 3; round++) {
      const contenders = Array.from({ length: 6 }, () => bench.program('take-lock.mjs', [home]));
      await Promise.all(contenders.map((contender) => contender.line()));
      for (const contender of contenders) contender.say('go');
      const said = await Promise.all(contenders.map((contender) => contender.line()));
      const winners = contenders.filter((_, index) => said[index] === 'won');
      expect(winners).toHaveLength(1);
      expect(DataFolderLock.holder(home)).toEqual({ pid: winners[0]?.child.pid });
      const lost = said.filter((line) => /^lost to (\d+|undefined)$/.test(line));
      expect(lost).toHaveLength(5);
      await winners[0]?.kill();
    }
  });

  it('is free at once after the holder was killed', async () => {
    await using bench = new Bench();
    const home = bench.home();
    const holder = bench.program('take-lock.mjs', [home]);
    await holder.line();
    holder.say('go');
    expect(await holder.line()).toBe('won');
    expect(() => DataFolderLock.acquire(home)).toThrow(DataFolderInUse);
    expect(() => DataFolderLock.acquire(home)).toThrow(
      `The data folder ${home} is in use by process ${holder.child.pid}. Stop that gateway first, ` +
        'or give this one a data folder of its own (OPENCLAW_HOME).',
    );
    await holder.kill();
    expect(DataFolderLock.holder(home)).toBeUndefined();
    DataFolderLock.acquire(home).release();
  });

  it('is not misled by a process id that another process has now', async () => {
    await using bench = new Bench();
    const home = bench.home();
    DataFolderLock.acquire(home).release();
    writeFileSync(join(home, 'gateway.pid'), `${process.ppid}\n`);
    DataFolderLock.acquire(home).release();
  });

  it('refuses a second holder in the same process, and makes the folder private', async () => {
    await using bench = new Bench();
    const home = join(bench.home(), 'new');
    const lock = DataFolderLock.acquire(home);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(() => DataFolderLock.acquire(home)).toThrow(DataFolderInUse);
    lock.release();
    lock.release();
    expect(DataFolderLock.holder(home)).toBeUndefined();
  });
});
