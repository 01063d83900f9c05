import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Conflict, Forbidden, InvalidInput, NotFound, SkillFailed, Unavailable } from '../shared/errors.js';
import type { Clock } from '../shared/clock.js';
import { InMemorySkills, skillManifest } from './in-memory-skills.js';
import { isSkillName } from './skill.js';

const never = new AbortController().signal;
const NOW = new Date('2026-11-20T12:00:00.000Z');

class SetClock implements Clock {
  at = NOW.getTime();
  now(): Date {
    return new Date(this.at);
  }
}

let clock: SetClock;
let skills: InMemorySkills;

beforeEach(() => {
  clock = new SetClock();
  skills = new InMemorySkills(clock as Clock);
});

const install = (name: string, version?: string) =>
  skills.install.execute({ name, version, tenant: 't', by: 'me' }, never);
const execute = (name: string, args: unknown = {}, more: object = {}) =>
  skills.execute.execute({ tenant: 't', name, args, ...more }, never);
const names = async () => (await skills.catalog.all()).map(({ manifest }) => `${manifest.name}@${manifest.version}`);

describe('what is known of the skills', () => {
  const seen = () => [...(skills.catalog.fresh() ?? [])].map(({ manifest }) => manifest.name);
  const pass = (ms: number) => {
    clock.at += ms;
    return jest.advanceTimersByTimeAsync(ms);
  };

  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is read again while agents are at work, so that none of them waits for it', async () => {
    const local = jest.spyOn(skills.shelf, 'local');
    await names();
    const digest = 'weather-1.0.0';
    skills.shelf.skills.push({ manifest: skillManifest('weather'), source: 'folder', digest, installedAt: NOW });
    for (let second = 0; second < 30; second++) {
      await pass(1_000);
      expect(seen()).toEqual(['weather']);
    }
    await pass(120_000);
    const reads = local.mock.calls.length;
    await pass(120_000);
    expect(local.mock.calls.length).toBe(reads);
    expect(skills.catalog.fresh()).toBeUndefined();
    expect(await names()).toEqual(['weather@1.0.0']);
  });
});

describe('installing', () => {
  it('installs the newest version, upgrades, and says so in the log', async () => {
    skills.registry.publish(skillManifest('weather', { version: '1.0.0' }));
    skills.registry.publish(skillManifest('weather', { version: '1.1.0' }));
    await install('weather', '1.0.0');
    expect(await names()).toEqual(['weather@1.0.0']);
    await install('weather');
    expect(await names()).toEqual(['weather@1.1.0']);
    const { logs } = skills.logger.query({});
    expect(logs.map(({ message }) => message)).toEqual(['skill installed', 'skill upgraded']);
    expect(logs[1]).toMatchObject({
      version: '1.1.0',
      version_before: '1.0.0',
      integrity: 'sha512-weather-1.1.0',
      by: 'me',
    });
  });

  it.each<[string, () => void, new (...args: never[]) => Error]>([
    ['it is unknown', () => undefined, NotFound],
    ['the registry is away', () => (skills.registry.away = true), Unavailable],
    [
      'it asks for more than the policy grants',
      () =>
        skills.registry.publish(
          skillManifest('s', { version: '2.0.0', permissions: { network: true, filesystem: true, shell: false } }),
        ),
      Forbidden,
    ],
    [
      'the policy does not name it',
      () => (
        skills.registry.publish(skillManifest('s', { version: '2.0.0' })),
        (skills.policy = { ...skills.policy, allow: ['acme-*'] })
      ),
      Forbidden,
    ],
    [
      'nothing could run it',
      () => (
        skills.registry.publish(skillManifest('s', { version: '2.0.0' })),
        (skills.runtime.state = { ...skills.runtime.state, name: null, reason: 'no bwrap' })
      ),
      Unavailable,
    ],
    [
      'its server has no tools',
      () => (
        skills.registry.publish(skillManifest('s', { version: '2.0.0', kind: 'mcp' })),
        skills.runtime.toolsOf.set('s', [])
      ),
      SkillFailed,
    ],
  ])('leaves everything as it was when %s', async (_, arrange, Failure) => {
    skills.registry.publish(skillManifest('s', { version: '1.0.0' }));
    await install('s', '1.0.0');
    skills.registry.published.clear();
    arrange();
    await expect(install('s')).rejects.toBeInstanceOf(Failure);
    expect((await skills.store.list()).map(({ manifest }) => manifest.version)).toEqual(['1.0.0']);
  });

  it('says what the policy would have to grant', async () => {
    skills.registry.publish(skillManifest('s', { permissions: { network: true, filesystem: true, shell: true } }));
    await expect(install('s')).rejects.toThrow(
      'The skill "s" is refused: it asks for filesystem and shell, which skills.policy.filesystem, skills.policy.shell do not grant to "s"',
    );
  });

  it('asks an MCP server for its tools', async () => {
    const tools = [{ name: 'add', description: 'Adds', inputSchema: { type: 'object' } }];
    skills.runtime.toolsOf.set('calc', tools);
    skills.registry.publish(skillManifest('calc', { kind: 'mcp' }));
    expect((await install('calc')).tools).toEqual(tools);
  });

  it('removes what was installed, and nothing else', async () => {
    skills.registry.publish(skillManifest('s'));
    skills.add(skillManifest('local'));
    await install('s');
    await skills.remove.execute('s', 'me');
    expect(await names()).toEqual(['local@1.0.0']);
    await expect(skills.remove.execute('s', 'me')).rejects.toBeInstanceOf(NotFound);
    await expect(skills.remove.execute('local', 'me')).rejects.toBeInstanceOf(Conflict);
  });

  it('sees within a second what another replica has installed', async () => {
    expect(await names()).toEqual([]);
    const other = new InMemorySkills(clock as Clock);
    other.registry.publish(skillManifest('s'));
    const fetched = await other.registry.fetch('s', undefined, never);
    await skills.store.save(
      { manifest: fetched.manifest, digest: fetched.digest, source: 'registry', installedAt: NOW },
      fetched.packed,
    );
    clock.at += 1_000;
    expect(await names()).toEqual(['s@1.0.0']);
  });
});

describe('running', () => {
  it.each<[string, unknown, unknown]>([
    ['by name', { place: 'Beijing' }, { place: 'Beijing' }],
    ['as a list', ['Beijing', 3], { place: 'Beijing', days: 3 }],
  ])('takes arguments %s', async (_, args, got) => {
    const properties = { place: { type: 'string' }, days: { type: 'integer' } };
    skills.add(skillManifest('weather', { inputSchema: { type: 'object', properties } }), (call) => call.args);
    expect((await execute('weather', args)).result).toEqual(got);
  });

  it('hands a list on to a skill that says nothing of what it takes', async () => {
    skills.add(skillManifest('s'), (call) => call.args);
    expect((await execute('s', ['a', 'b'])).result).toEqual(['a', 'b']);
  });

  it('refuses what the schema does not allow, without running it', async () => {
    let ran = false;
    skills.add(
      skillManifest('s', { inputSchema: { type: 'object', properties: { a: {} }, required: ['a'] } }),
      () => (ran = true),
    );
    await expect(execute('s')).rejects.toMatchObject({
      details: { errors: [{ field: 'args.a', message: 'args.a is missing' }] },
    });
    await expect(execute('s', [1, 2])).rejects.toBeInstanceOf(InvalidInput);
    expect(ran).toBe(false);
  });

  it('counts every run for its tenant, the failed ones too', async () => {
    skills.add(skillManifest('s'), ({ args }) => (Array.isArray(args) ? Promise.reject(new SkillFailed('no')) : 'yes'));
    await execute('s');
    await expect(execute('s', [])).rejects.toThrow('no');
    const [state] = await skills.catalog.states('t');
    expect(state).toMatchObject({ status: 'active', use: { invocations: 2, lastUsed: NOW } });
    const [elsewhere] = await skills.catalog.states('other');
    expect(elsewhere?.use).toBeUndefined();
  });

  it('gives a result although the use could not be counted', async () => {
    skills.add(skillManifest('s'), () => 'yes');
    skills.store.countUse = () => Promise.reject(new Unavailable('the database is away'));
    expect((await execute('s')).result).toBe('yes');
  });

  it('does not run what is switched off, refused by the policy, or not there', async () => {
    skills.add(skillManifest('off'), () => 1);
    skills.add(skillManifest('greedy', { permissions: { network: false, filesystem: true, shell: false } }), () => 1);
    skills.own.set('off', { enabled: false });
    await expect(execute('off')).rejects.toBeInstanceOf(Unavailable);
    await expect(execute('greedy')).rejects.toBeInstanceOf(Forbidden);
    await expect(execute('none')).rejects.toBeInstanceOf(NotFound);
    const states = await skills.catalog.states('t');
    expect(states.map(({ skill, status }) => [skill.manifest.name, status])).toEqual([
      ['greedy', 'refused'],
      ['off', 'disabled'],
    ]);
  });

  it('gives the instructions of a skill of text, and the files that they speak of', async () => {
    skills.add(skillManifest('manual', { kind: 'instructions', body: 'Read forms.md.' }));
    skills.shelf.texts.set('forms.md', 'Fill them in.');
    expect((await execute('manual')).result).toBe('Read forms.md.');
    expect((await execute('manual', ['forms.md'])).result).toBe('Fill them in.');
    await expect(execute('manual', { file: '../x' })).rejects.toBeInstanceOf(InvalidInput);
  });

  it('runs the tool of a server that is named, or its only one', async () => {
    const tool = (name: string) => ({ name, description: '', inputSchema: { type: 'object', properties: { x: {} } } });
    skills.add(skillManifest('one', { kind: 'mcp' }), (call) => call.tool);
    skills.add(skillManifest('two', { kind: 'mcp' }), (call) => call.tool);
    skills.runtime.toolsOf.set('one', [tool('only')]);
    skills.runtime.toolsOf.set('two', [tool('a'), tool('b')]);
    expect((await execute('one', [1])).result).toBe('only');
    expect((await execute('two', {}, { tool: 'b' })).result).toBe('b');
    await expect(execute('two')).rejects.toThrow('name one as "tool": a, b');
    await expect(execute('two', {}, { tool: 'c' })).rejects.toThrow('no tool "c"');
  });
});

describe('the skills of an agent', () => {
  beforeEach(() => {
    skills.add(skillManifest('a'), () => 1);
    skills.add(skillManifest('b'), () => 1);
    skills.shelf.skills.push({ manifest: skillManifest('c'), source: 'shipped', digest: 'c', installedAt: NOW });
  });

  const offered = async (agent = 'main') =>
    (await skills.agents.offered(agent, 't')).map(({ definition }) => definition.name);

  it("are the operator's own unless they are named; those that come along only if they are", async () => {
    expect(await offered()).toEqual(['a', 'b']);
    skills.ofAgents.set('main', ['b', 'c', 'gone']);
    expect(await offered()).toEqual(['b', 'c']);
    skills.ofAgents.set('main', ['*']);
    expect(await offered()).toEqual(['a', 'b', 'c']);
    skills.ofAgents.set('main', []);
    expect(await offered()).toEqual([]);
  });

  it('are not offered when they could not run', async () => {
    skills.runtime.state = { ...skills.runtime.state, name: null };
    expect(await offered()).toEqual([]);
  });

  it('are offered under names that every provider takes', async () => {
    skills.add(skillManifest('m', { kind: 'mcp' }));
    const inputSchema = { properties: {} };
    skills.runtime.toolsOf.set('m', [
      { name: 'get.file/now', description: '', inputSchema },
      { name: 'x'.repeat(80), description: 'long', inputSchema },
    ]);
    skills.ofAgents.set('main', ['m']);
    const tools = await skills.agents.offered('main', 't');
    for (const { definition } of tools) expect(definition.name).toMatch(/^m__[A-Za-z0-9_-]{1,61}$/);
    expect(tools[0]?.definition.parameters).toEqual({ type: 'object', properties: {} });
    expect(new Set(tools.map(({ definition }) => definition.name)).size).toBe(2);
  });

  it('do not keep an agent from answering when one can not be asked, or none be found', async () => {
    skills.add(skillManifest('broken', { kind: 'mcp' }));
    expect(await offered()).toEqual(['a', 'b']);
    skills.catalog.changed();
    skills.store.list = () => Promise.reject(new Unavailable('the database is away'));
    expect(await offered()).toEqual([]);
  });
});

describe('names', () => {
  it.each(['weather', 'web-search', 'a', '0', 'x'.repeat(64)])('may be %s', (name) =>
    expect(isSkillName(name)).toBe(true),
  );
  it.each(['', 'Weather', 'a--b', '-a', 'a-', 'a.b', 'a/b', '@a/b', 'x'.repeat(65), 'policy', 'registry'])(
    'may not be %s',
    (name) => expect(isSkillName(name)).toBe(false),
  );
});
