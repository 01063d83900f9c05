import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryLogger } from '@openclaw/core/testing';
import { EngineTests, type SandboxSettings, SandboxSkillRuntime } from '@openclaw/adapter-skill-sandbox';
import { machineConditions } from '../src/machine-conditions.js';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-engine-tests-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let file: string;
let count = 0;
beforeEach(() => {
  file = join(folder, `${++count}.json`);
});

const found = { name: 'bubblewrap', limitsProcesses: true, reserveBytes: 7 } as const;

describe('EngineTests', () => {
  it('gives what was found under the same conditions, for a day', async () => {
    let now = 1_000;
    const tests = new EngineTests(file, () => now);
    expect(await tests.find('a')).toBeUndefined();
    await tests.keep('a', found);
    expect(await tests.find('a')).toEqual(found);
    expect(await tests.find('b')).toBeUndefined();
    now += 24 * 3_600_000;
    expect(await tests.find('a')).toBeUndefined();
    // A clock that was put back proves nothing.
    now = 0;
    expect(await tests.find('a')).toBeUndefined();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith(`${count}.json.`))).toEqual([]);
  });

  it.each(['', 'null', '{}', 'nonsense'])('takes %j for nothing', async (text) => {
    writeFileSync(file, text);
    expect(await new EngineTests(file).find('a')).toBeUndefined();
  });
});

const surroundings = { PATH: process.env['PATH'], HOME: folder };
const settings: SandboxSettings = {
  ...{ engine: 'bubblewrap', image: undefined, unisolated: false, warm: 0, concurrent: 1, surroundings },
};

describe('the conditions of a test', () => {
  it('stay the same while nothing changes, and are others when something does', async () => {
    const now = await machineConditions(settings);
    expect(await machineConditions(settings)).toBe(now);
    const conf = join(folder, 'containers.conf');
    writeFileSync(conf, '');
    const others: SandboxSettings[] = [
      { ...settings, engine: 'auto' },
      { ...settings, image: folder },
      { ...settings, surroundings: { ...surroundings, CONTAINERS_CONF: conf } },
    ];
    expect(new Set([now, ...(await Promise.all(others.map(machineConditions)))]).size).toBe(4);
    const before = await machineConditions(others[2]!);
    writeFileSync(conf, '# more');
    expect(await machineConditions(others[2]!)).not.toBe(before);
  });
});

it('an engine is tried once, and again when something has changed', async () => {
  const choose = async () => {
    const runtime = new SandboxSkillRuntime(() => settings, folder, new InMemoryLogger(), new EngineTests(file));
    try {
      return await runtime.engine();
    } finally {
      await runtime.close();
    }
  };
  const first = await choose();
  if (first.name === null) {
    // What failed is tried each time: nobody can see from here whether it was mended.
    expect(process.env['CI']).not.toBe('true');
    expect(readdirSync(folder)).not.toContain(`${count}.json`);
    return;
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { found: object; conditions: string };
  expect(kept.found).toMatchObject({
    name: 'bubblewrap',
    limitsProcesses: first.enforced.includes('number of processes'),
  });
  const { mtimeMs } = statSync(file);
  expect(await choose()).toEqual(first);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  writeFileSync(
    file,
    JSON.stringify({ ...kept, conditions: 'of another machine', found: { ...kept.found, limitsProcesses: !0 } }),
  );
  expect(await choose()).toEqual(first);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ conditions: kept.conditions });
});
