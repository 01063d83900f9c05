import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createLogger, type ClosableLogger, type LoggerSettings } from './create-logger.js';
import { listLogFiles } from './log-files.js';
import { REDACTED } from './redact.js';

let home: string;
let dir: string;
let open: ClosableLogger[];
let failures: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'openclaw-logs-'));
  dir = join(home, 'logs');
  open = [];
  failures = [];
});

afterEach(async () => {
  await Promise.all(open.map((logger) => logger.close()));
  await rm(home, { recursive: true, force: true });
});

function logger(settings: Partial<LoggerSettings> = {}): ClosableLogger {
  const made = createLogger({ level: 'info', console: 'off', onFailure: (text) => failures.push(text), ...settings });
  open.push(made);
  return made;
}

/** An old file may be deleted between being listed and being read. */
function goneAsEmpty(error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') throw error;
  return '';
}

async function linesOf(folder = dir): Promise<Record<string, unknown>[]> {
  const texts = await Promise.all(listLogFiles(folder).map((file) => readFile(file, 'utf8').catch(goneAsEmpty)));
  return texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line));
}

describe('createLogger', () => {
  it('writes JSON lines, the fixed members first, into a file that only its owner may read', async () => {
    const log = logger({ file: { dir } });
    log.child({ component: 'channels', channel: 'slack' }).warn('late', { attempt: 2 });
    await log.close();
    const [line] = await linesOf();
    expect(Object.keys(line ?? {})).toEqual(['timestamp', 'level', 'component', 'message', 'channel', 'attempt']);
    expect(line).toMatchObject({ level: 'warn', component: 'channels', message: 'late', channel: 'slack', attempt: 2 });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(listLogFiles(dir)[0] ?? '')).mode & 0o777).toBe(0o600);
    expect(failures).toEqual([]);
  });

  it('loses nothing of a burst that close follows at once', async () => {
    const log = logger({ file: { dir } });
    for (let i = 0; i < 5000; i++) log.info(`line ${i}`);
    await log.close();
    expect((await linesOf()).map((line) => line.message)).toEqual(Array.from({ length: 5000 }, (_, i) => `line ${i}`));
  });

  it('goes on in a next file past the size, and keeps so many', async () => {
    const log = logger({ file: { dir, maxSize: 2048, maxFiles: 3 } });
    for (let i = 0; i < 20; i++) {
      log.info(`line ${i}`, { padding: 'x'.repeat(1000) });
      while ((await linesOf()).at(-1)?.message !== `line ${i}`) await setImmediate();
    }
    await log.close();
    const files = listLogFiles(dir);
    expect(files).toHaveLength(3);
    for (const file of files) expect((await stat(file)).size).toBeLessThan(4096);
  });

  it('does not even look at what is below the level, and follows a change of it', () => {
    const log = logger();
    const child = log.child({ component: 'skills' });
    const costly = {
      get value(): string {
        throw new Error('looked at');
      },
    };
    log.debug('no', { costly });
    expect(child.isEnabled('debug')).toBe(false);
    log.setLevel('debug');
    expect(child.isEnabled('debug')).toBe(true);
    child.debug('yes');
    log.setLevel('error');
    child.warn('no');
    expect(log.query({}).logs.map((entry) => entry.message)).toEqual(['yes']);
  });

  it('shows stacks at debug level only', () => {
    const log = logger();
    log.error('one', { error: new Error('x') });
    log.setLevel('debug');
    log.error('two', { error: new Error('x') });
    const [one, two] = log.query({}).logs;
    expect(one?.error).toEqual({ name: 'Error', message: 'x' });
    expect(two?.error).toMatchObject({ stack: expect.stringContaining('create-logger.test') });
  });

  it('answers queries, the newest last, over a bounded number of lines', () => {
    const log = logger({ ringSize: 5 });
    for (let i = 0; i < 12; i++) log.info(`line ${i}`);
    log.child({ component: 'memory' }).error('broken');
    expect(log.query({ lines: 2 })).toMatchObject({ logs: [{ message: 'line 11' }, { message: 'broken' }], total: 5 });
    expect(log.query({ component: 'memory', level: 'error', since: new Date(0) }).total).toBe(1);
  });

  it('knows the lines of the run before', async () => {
    const before = logger({ file: { dir } });
    before.info('before the restart');
    await before.close();
    await writeFile(listLogFiles(dir)[0] ?? '', '{"cut', { flag: 'a' });
    const after = logger({ file: { dir } });
    after.info('after it');
    expect(after.query({}).logs.map((entry) => entry.message)).toEqual(['before the restart', 'after it']);
  });

  it('masks secrets in the file, on the console and in queries alike', async () => {
    const stream = new PassThrough();
    const log = logger({ file: { dir }, console: 'pretty', stream, secrets: () => ['vendor-key-1'], redact: ['pin'] });
    log.addSecret('bot:998877');
    log.child({ apiKey: 'a-key' }).error('401 for vendor-key-1', { error: new Error('at bot:998877'), pin: '0000' });
    await log.close();
    const everywhere = [await linesOf(), log.query({}).logs, String(stream.read())].map((part) => JSON.stringify(part));
    for (const text of everywhere) {
      expect(text).not.toMatch(/vendor-key-1|998877|a-key|0000/);
      expect(text).toContain(REDACTED);
    }
  });

  it('writes for people or for collectors', () => {
    const pretty = new PassThrough();
    const json = new PassThrough();
    logger({ console: 'pretty', stream: pretty }).info('listening', { port: 1 });
    logger({ console: 'json', stream: json }).info('listening', { port: 1 });
    expect(String(pretty.read())).toMatch(/^\S+ INFO {2}gateway {3}listening port=1\n$/);
    expect(JSON.parse(String(json.read()))).toMatchObject({ message: 'listening', port: 1 });
  });
});

describe('createLogger where writing fails', () => {
  it('works without a file when the folder cannot be made, and says so once', async () => {
    await writeFile(dir, 'a file where the folder should be');
    const log = logger({ file: { dir } });
    for (let i = 0; i < 100; i++) log.info('still here');
    await log.close();
    expect(log.query({}).total).toBe(100);
    expect(failures).toEqual([expect.stringContaining(`cannot write to log files in ${dir}`)]);
  });

  // Only Linux has /dev/full, on which every write fails with ENOSPC.
  (process.platform === 'linux' ? it : it.skip)('survives a full disk', async () => {
    await mkdir(dir);
    const today = new Date().toISOString().slice(0, 10);
    for (const day of [today, new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)]) {
      await symlink('/dev/full', join(dir, `gateway-${day}.log`));
    }
    const log = logger({ file: { dir } });
    for (let i = 0; i < 100; i++) log.info('still here');
    await log.close();
    expect(log.query({}).total).toBe(100);
    expect(failures).toEqual([expect.stringContaining('ENOSPC')]);
  });

  it('survives the folder being removed while it writes', async () => {
    const log = logger({ file: { dir, maxSize: 1024 } });
    log.info('before');
    await rm(dir, { recursive: true });
    // Errors are written at once, each for itself, so that files are rotated in between.
    for (let i = 0; i < 100; i++) log.error('after');
    await log.close();
    expect(log.query({}).total).toBe(101);
    expect(await readdir(home)).toEqual(['logs']);
  });

  it('survives the reader of the console going away', async () => {
    const stream = new PassThrough();
    const log = logger({ console: 'json', stream });
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await new Promise((resolve) => stream.once('close', resolve));
    log.info('nobody listens');
    expect(log.query({}).total).toBe(1);
    expect(failures).toEqual([expect.stringContaining('EPIPE')]);
  });
});
