import { appendFileSync, closeSync, mkdtempSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServerLog } from './server-log.js';

describe('ServerLog', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openclaw-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('cuts the file of a running server, which goes on at the new end', () => {
    const path = join(folder, 'logs', 'postgres.log');
    const log = new ServerLog(path);
    const descriptor = log.open();
    appendFileSync(path, 'x'.repeat(5_000_001));
    log.trim();
    writeSync(descriptor, 'later\n');
    closeSync(descriptor);
    expect(log.tail(0)).toBe('later');
    expect(statSync(`${path}.1`).size).toBe(5_000_001);
  });

  it('starts a new file when the old one is full', () => {
    const path = join(folder, 'logs', 'postgres.log');
    const log = new ServerLog(path);
    closeSync(log.open());
    appendFileSync(path, 'x'.repeat(5_000_001));
    closeSync(log.open());
    expect(log.size()).toBe(0);
  });

  it('quotes only what was written after the given offset', () => {
    const path = join(folder, 'logs', 'postgres.log');
    const log = new ServerLog(path);
    closeSync(log.open());
    appendFileSync(path, 'before\n');
    const offset = log.size();
    expect(log.tail(offset)).toBe('');
    appendFileSync(path, 'FATAL: after\n');
    expect(log.tail(offset)).toBe('FATAL: after');
  });
});
