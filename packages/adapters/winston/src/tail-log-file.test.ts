import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listLogFiles } from './log-files.js';
import { tailLogFile, type TailSettings } from './tail-log-file.js';

let home: string;
let dir: string;
let stop: AbortController;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'openclaw-tail-'));
  dir = join(home, 'logs');
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await rm(home, { recursive: true, force: true });
});

const line = (message: string, level = 'info', component = 'gateway') =>
  `${JSON.stringify({ timestamp: '2026-11-20T10:00:00.000Z', level, component, message })}\n`;

async function tail(settings: TailSettings = {}): Promise<string[]> {
  const messages = [];
  for await (const entry of tailLogFile(dir, settings)) messages.push(entry.message);
  return messages;
}

async function take(entries: AsyncGenerator<{ message: string }>, count: number): Promise<string[]> {
  const messages = [];
  while (messages.length < count) {
    const { value, done } = await entries.next();
    if (done) break;
    messages.push(value.message);
  }
  return messages;
}

describe('tailLogFile', () => {
  it('has nothing where there is no folder', async () => {
    expect(await tail()).toEqual([]);
  });

  it('reads the newest lines across files, in the order of day and number', async () => {
    await mkdir(dir);
    await writeFile(join(dir, 'gateway-2026-11-19.log'), line('1'));
    await writeFile(join(dir, 'gateway-2026-11-20.log'), line('2'));
    await writeFile(join(dir, 'gateway-2026-11-20.2.log'), line('3'));
    await writeFile(join(dir, 'gateway-2026-11-20.10.log'), line('4') + 'not json\n' + line('5') + '{"cut');
    await writeFile(join(dir, 'other.log'), line('never'));
    expect(await tail()).toEqual(['1', '2', '3', '4', '5']);
    expect(await tail({ lines: 3 })).toEqual(['3', '4', '5']);
    expect(await tail({ lines: 0 })).toEqual([]);
    expect(listLogFiles(dir)).toHaveLength(4);
  });

  it('filters by level and component before it counts lines', async () => {
    await mkdir(dir);
    const text = line('a', 'error', 'skills') + line('b') + line('c', 'warn', 'skills') + line('d', 'info', 'skills');
    await writeFile(join(dir, 'gateway-2026-11-20.log'), text);
    expect(await tail({ level: 'warn' })).toEqual(['a', 'c']);
    expect(await tail({ component: 'skills', lines: 2 })).toEqual(['c', 'd']);
  });

  it('follows new lines, whole ones only, characters cut in two included', async () => {
    await mkdir(dir);
    const file = join(dir, 'gateway-2026-11-20.log');
    await writeFile(file, line('old'));
    const entries = tailLogFile(dir, { follow: true, signal: stop.signal });
    expect(await take(entries, 1)).toEqual(['old']);
    const bytes = Buffer.from(line('grüße'));
    const next = take(entries, 2);
    const cut = bytes.indexOf(0xc3) + 1;
    await appendFile(file, bytes.subarray(0, cut));
    await appendFile(file, Buffer.concat([bytes.subarray(cut), Buffer.from(line('next'))]));
    expect(await next).toEqual(['grüße', 'next']);
  });

  it('follows into the next file and into a folder that comes later', async () => {
    const entries = tailLogFile(dir, { follow: true, signal: stop.signal });
    const first = take(entries, 1);
    await mkdir(dir);
    await writeFile(join(dir, 'gateway-2026-11-20.log'), line('a'));
    expect(await first).toEqual(['a']);
    const rest = take(entries, 2);
    await appendFile(join(dir, 'gateway-2026-11-20.log'), line('b'));
    await writeFile(join(dir, 'gateway-2026-11-21.log'), line('c'));
    expect(await rest).toEqual(['b', 'c']);
  });

  it('ends when it is aborted while it waits', async () => {
    await mkdir(dir);
    const end = tail({ follow: true, signal: stop.signal });
    stop.abort();
    expect(await end).toEqual([]);
  });
});
