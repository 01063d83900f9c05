import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunnableSkill, SkillFailed, Unavailable } from '@openclaw/core';
import { InMemoryLogger, OWN_SETTINGS, skillManifest } from '@openclaw/core/testing';
import { EngineTests, type SandboxSettings, SandboxSkillRuntime } from '@openclaw/adapter-skill-sandbox';

const never = new AbortController().signal;
const MCP_SERVER = `
import { createInterface } from 'node:readline';
const tool = (name) => ({ name, description: name, inputSchema: { type: 'object' } });
const methods = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }),
  'tools/list': ({ cursor }) => (cursor ? { tools: [tool('second')] } : { tools: [tool('first')], nextCursor: 'more' }),
  'tools/call': ({ name, arguments: args }) =>
    name === 'fails'
      ? { content: [{ type: 'text', text: 'it can not' }], isError: true }
      : { content: [{ type: 'text', text: JSON.stringify({ name, args, key: process.env.KEY, config: process.env.OPENCLAW_SKILL_CONFIG }) }] },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) continue;
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result: methods[method](params) }));
}
`;

let home: string;
let logger: InMemoryLogger;
let runtimes: SandboxSkillRuntime[] = [];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'openclaw-runtime-'));
  chmodSync(home, 0o755);
});

afterEach(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.close()));
  runtimes = [];
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function open(more: Partial<SandboxSettings> = {}): SandboxSkillRuntime {
  logger = new InMemoryLogger();
  const settings: SandboxSettings = {
    ...{
      engine: 'bubblewrap',
      image: undefined,
      unisolated: false,
      warm: 0,
      concurrent: 8,
      surroundings: { PATH: process.env['PATH'] },
    },
    ...more,
  };
  const tests = new EngineTests(join(home, 'engine.json'));
  const runtime = new SandboxSkillRuntime(() => settings, join(home, 'workspaces'), logger, tests);
  runtimes.push(runtime);
  return runtime;
}

let count = 0;

function skill(
  code: string,
  more: Partial<RunnableSkill['manifest']> = {},
  settings: Partial<RunnableSkill['settings']> = {},
): RunnableSkill {
  const folder = join(home, `skill-${++count}`);
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, 'index.mjs'), code, { mode: 0o644 });
  return {
    manifest: skillManifest('s', { entry: 'index.mjs', ...more }),
    digest: String(count),
    folder,
    tenant: 'default',
    settings: { ...OWN_SETTINGS, limits: { ...OWN_SETTINGS.limits, timeoutMs: 20_000 }, ...settings },
  };
}

/** Tests of what runs need an engine; where a user may have none of the kernel's, they say so instead, but not in CI. */
const engine = await (async () => {
  const probe = new SandboxSkillRuntime(
    () => ({
      engine: 'bubblewrap',
      image: undefined,
      unisolated: false,
      warm: 0,
      concurrent: 1,
      surroundings: { PATH: process.env['PATH'] },
    }),
    tmpdir(),
    new InMemoryLogger(),
  );
  const state = await probe.engine();
  await probe.close();
  return state;
})();
if (engine.name === null) process.stdout.write(`skills: tests with bubblewrap are skipped: ${engine.reason ?? ''}\n`);
const where = engine.name === null && process.env['CI'] !== 'true' ? describe.skip : describe;

where('a function in its sandbox', () => {
  it('is called with its arguments, its configuration and its secrets', async () => {
    const echo = skill(
      'export default (args, context) => ({ args, context, env: Object.keys(process.env) });',
      {},
      { config: { a: 1 }, secrets: { K: 's' } },
    );
    expect(await open().run(echo, { args: ['x'], session: 'conv' }, never)).toEqual({
      args: ['x'],
      context: { name: 's', config: { a: 1 }, secrets: { K: 's' }, session: 'conv' },
      env: ['PWD'],
    });
  });

  it.each<[string, string, unknown]>([
    ['nothing', 'export default () => {};', null],
    ['a promise', 'export default async () => "later";', 'later'],
    [
      'what it prints beside',
      'console.log("noise"); process.stdout.write("noise\\n"); export default () => { console.log("noise"); return 1; };',
      1,
    ],
  ])('gives %s', async (_, code, result) => {
    expect(await open().run(skill(code), { args: {} }, never)).toBe(result);
  });

  it.each<[string, string, RegExp]>([
    ['throws', 'export default () => { throw new Error("no such city"); };', /^no such city$/],
    [
      'throws with a cause',
      'export default () => { throw new Error("failed", { cause: new Error("refused") }); };',
      /^failed: refused$/,
    ],
    ['throws what is no error', 'export default () => { throw "text"; };', /^text$/],
    ['can not be loaded', 'import "nowhere";', /nowhere/],
    ['has no function', 'export default 1;', /no function as its default export/],
    ['gives what is no JSON', 'export default () => { const a = {}; a.a = a; return a; };', /circular/],
    ['ends without a word', 'export default () => process.exit(3);', /ended without a result \(exit code 3\)/],
    [
      'forges its answer',
      'import fs from "node:fs"; fs.writeSync(1, "{\\"nonsense\\":1}\\n"); export default () => 1;',
      /gave an answer that is none/,
    ],
  ])('fails with its own words when it %s', async (_, code, words) => {
    await expect(open().run(skill(code), { args: {} }, never)).rejects.toThrow(words);
    await expect(open().run(skill(code), { args: {} }, never)).rejects.toBeInstanceOf(SkillFailed);
  });

  it('is killed when the caller leaves, with the reason', async () => {
    const leave = new AbortController();
    const reason = new Error('left');
    const running = open().run(skill('export default () => { for (;;); };'), { args: {} }, leave.signal);
    setImmediate(() => leave.abort(reason));
    await expect(running).rejects.toBe(reason);
  });

  it('is gone also when it is killed while it starts', async () => {
    const runtime = open();
    await runtime.engine();
    const endless = skill('for (;;);');
    for (let call = 0; call < 10; call++) {
      const leave = new AbortController();
      const running = runtime.run(endless, { args: {} }, leave.signal);
      for (let turn = 0; turn < call; turn++) await new Promise(setImmediate);
      leave.abort(new Error('left'));
      await expect(running).rejects.toThrow('left');
    }
    // Waits for every one of them.
    await runtime.close();
  });

  it.each(['bubblewrap', 'podman'] as const)('ends while its engine is still being tried (%s)', async (engine) => {
    const settings = { engine, image: undefined, unisolated: false, warm: 0, concurrent: 1, surroundings: process.env };
    const runtime = new SandboxSkillRuntime(() => settings, home, new InMemoryLogger());
    const outcome = runtime.engine().then(
      ({ name }) => name,
      (error: unknown) => error,
    );
    await new Promise(setImmediate);
    await runtime.close();
    // Where there is no podman that is known before anybody could call it off.
    const found = await outcome;
    if (found !== null) expect(found).toBeInstanceOf(Unavailable);
  });

  it('waits for its turn, and is told when too many wait', async () => {
    const runtime = open({ concurrent: 1 });
    const one = skill('export default (args) => args;');
    expect(await Promise.all([1, 2, 3].map((n) => runtime.run(one, { args: n }, never)))).toEqual([1, 2, 3]);
  });

  it('is ready before it is called where it is kept warm, and each one is called once', async () => {
    const runtime = open({ warm: 1 });
    const counted = skill(
      'let calls = 0; const loaded = performance.timeOrigin; export default () => ({ calls: ++calls, loaded });',
    );
    const seen = new Set<number>();
    for (let call = 0; call < 4; call++) {
      const { calls, loaded } = (await runtime.run(counted, { args: {} }, never)) as { calls: number; loaded: number };
      expect(calls).toBe(1);
      seen.add(loaded);
    }
    expect(seen.size).toBe(4);
  });

  it('has the tenant’s folder, and no more of it than its quota', async () => {
    const writer = skill(
      'import { readdirSync, writeFileSync } from "node:fs"; export default ({ file, size }, { workspace }) => { if (file) writeFileSync(`${workspace}/${file}`, "x".repeat(size)); return readdirSync(workspace); };',
      { permissions: { network: false, filesystem: true, shell: false } },
      { limits: { ...OWN_SETTINGS.limits, workspaceBytes: 100_000 } },
    );
    const runtime = open();
    const write = (file: string, size: number, tenant = 'one') =>
      runtime.run({ ...writer, tenant }, { args: { file, size } }, never);
    expect(await write('a', 10)).toEqual(['a']);
    expect(await write('b', 10)).toEqual(['a', 'b']);
    await expect(write('c', 200_000)).rejects.toBeInstanceOf(SkillFailed);
    expect(await runtime.run({ ...writer, tenant: 'other' }, { args: {} }, never)).toEqual([]);
    await expect(write('../escape', 1)).rejects.toBeInstanceOf(SkillFailed);
    expect(readdirSync(join(home, 'workspaces'))).toHaveLength(2);
  });

  it('may start the programs of the image, up to a number, where it may use a shell', async () => {
    const runtime = open({ image: '/' });
    const state = await runtime.engine();
    expect(state.shell).toEqual({ available: true });
    const shell = skill(
      'import { execFileSync, spawn } from "node:child_process"; export default () => { const out = execFileSync("/bin/sh", ["-c", "echo $((6 * 7))"]).toString().trim(); let n = 0; try { for (; n < 500; n++) { const c = spawn("/bin/sleep", ["30"]); c.on("error", () => {}); if (!c.pid) break; } } catch {} return { out, n }; };',
      { permissions: { network: false, filesystem: false, shell: true } },
    );
    const { out, n } = (await runtime.run(shell, { args: {} }, never)) as { out: string; n: number };
    expect(out).toBe('42');
    expect(n).toBeLessThan(64);
  });

  it('is not given a shell where there is no image', async () => {
    const shell = skill('export default () => 1;', { permissions: { network: false, filesystem: false, shell: true } });
    await expect(open().run(shell, { args: {} }, never)).rejects.toThrow(/skills\.image/);
  });
});

where('a server in its sandbox', () => {
  const server = () => skill(MCP_SERVER, { kind: 'mcp' }, { secrets: { KEY: 'secret' }, config: { a: 1 } });

  it('tells its tools, of all pages', async () => {
    const tools = await open().tools(server(), never);
    expect(tools.map(({ name }) => name)).toEqual(['first', 'second']);
  });

  it('runs a tool, with its secrets in its environment', async () => {
    const result = await open().run(server(), { tool: 'first', args: { x: 1 } }, never);
    expect(JSON.parse(String(result))).toEqual({ name: 'first', args: { x: 1 }, key: 'secret', config: '{"a":1}' });
  });

  it.each<[string, string, RegExp]>([
    ['says that it failed', MCP_SERVER, /^it can not$/],
    [
      'prints what is no MCP',
      'console.log("hello"); setInterval(() => {}, 1000);',
      /what is no MCP|does not speak MCP/,
    ],
    ['ends at once', 'process.exit(2);', /exit code 2/],
  ])('fails when it %s', async (_, code, words) => {
    await expect(open().run(skill(code, { kind: 'mcp' }), { tool: 'fails', args: {} }, never)).rejects.toThrow(words);
  });
});

describe('without an engine', () => {
  it('skills are refused, with the reason', async () => {
    const runtime = open({ engine: 'none' });
    expect(await runtime.engine()).toMatchObject({ name: null, reason: 'no engine is wanted (skills.engine)' });
    const refused = runtime.run(skill('export default () => 1;'), { args: {} }, never);
    await expect(refused).rejects.toBeInstanceOf(Unavailable);
    await expect(refused).rejects.toThrow('The skill "s" is not run: no engine is wanted (skills.engine)');
  });

  it('skills run where the operator asks for it, and it is said so', async () => {
    const runtime = open({ engine: 'none', unisolated: true });
    expect(await runtime.engine()).toMatchObject({ name: 'unisolated' });
    expect(await runtime.run(skill('export default (args) => args;'), { args: 1 }, never)).toBe(1);
    expect(logger.query({ level: 'warn' }).logs[0]?.message).toContain('WITHOUT isolation');
  });
});
