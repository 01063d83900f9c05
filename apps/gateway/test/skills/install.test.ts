import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { packedSkill, skillMd, tarball } from '../../../../packages/adapters/skill-packages/test/tarball.js';
import { freshDatabase, type GatewayProcess, REPLICA_ENV, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { type Registry, startRegistry } from './verdaccio.js';

const FUNCTION = {
  'gateway.entry': 'index.js',
  'gateway.input-schema': '{"type":"object","properties":{"place":{"type":"string"}}}',
};
const says = (what: string) => `export default async ({ place }) => \`${what} \${place}\`;`;

let registry: Registry;
let one: GatewayProcess;
let two: GatewayProcess;

function weather(version: string, code = says(`v${version}`), more: Record<string, unknown> = {}): Buffer {
  const files = { 'SKILL.md': skillMd('weather', FUNCTION), 'index.js': code };
  return packedSkill(files, { name: '@acme/weather', version, more: { type: 'module', ...more } });
}

async function call(gateway: GatewayProcess, method: string, path: string, json?: unknown) {
  const response = await gateway.fetch(`/api/v1/skills${path}`, { method, ...(json !== undefined && { json }) });
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
}

const install = (name: string, version?: string) => call(one, 'POST', '/install', { name, version });
const run = (gateway: GatewayProcess, name: string, args: unknown) =>
  call(gateway, 'POST', `/${name}/execute`, { args });
const installed = async (gateway: GatewayProcess) =>
  (await call(gateway, 'GET', '')).body.skills
    .filter(({ source }: { source: string }) => source === 'registry')
    .map(({ name, version }: { name: string; version: string }) => `${name}@${version}`);

beforeAll(async () => {
  registry = await startRegistry();
  const database = await freshDatabase();
  const config = { skills: { registry: registry.url, scope: '@acme', policy: { network: ['weather'] } } };
  [one, two] = await Promise.all([
    startGateway({ database, config, env: REPLICA_ENV }),
    startGateway({ database, config, env: REPLICA_ENV }),
  ]);
  await registry.publish('@acme/weather', '1.0.0', weather('1.0.0'));
  await registry.publish('@acme/weather', '1.1.0', weather('1.1.0'));
});

describe('a skill from the registry', () => {
  it('is installed, run on every replica, upgraded, and removed', async () => {
    const first = await install('weather', '1.0.0');
    expect(first).toMatchObject({
      status: 201,
      body: {
        name: 'weather',
        version: '1.0.0',
        status: 'active',
        package: '@acme/weather',
        integrity: expect.stringMatching(/^sha512-/),
      },
    });
    expect((await run(one, 'weather', ['北京'])).body).toMatchObject({
      success: true,
      data: { result: 'v1.0.0 北京' },
    });
    await replicated(two, ['weather@1.0.0']);
    expect((await run(two, 'weather', { place: 'Wien' })).body.data.result).toBe('v1.0.0 Wien');

    expect((await install('weather')).body.version).toBe('1.1.0');
    await replicated(two, ['weather@1.1.0']);
    expect((await run(two, 'weather', ['Wien'])).body.data.result).toBe('v1.1.0 Wien');
    expect(
      (await call(one, 'GET', '')).body.skills.find(({ name }: { name: string }) => name === 'weather'),
    ).toMatchObject({
      source: 'registry',
      invocations: 3,
    });

    expect(await call(one, 'DELETE', '/weather')).toEqual({ status: 200, body: { name: 'weather', removed: true } });
    await replicated(two, []);
    expect(one.logs()).toMatch(/skill installed.*skill upgraded.*skill removed/s);
  });

  it("is the scope's own, never another one's of the same name", async () => {
    await registry.publish(
      'weather',
      '99.0.0',
      packedSkill({ 'SKILL.md': skillMd('weather', FUNCTION), 'index.js': says('evil') }, { version: '99.0.0' }),
    );
    await registry.publish('@evil/weather', '99.0.0', weather('99.0.0'));
    expect((await install('weather')).body.version).toBe('1.1.0');
    expect((await install('@evil/weather')).status).toBe(404);
    expect((await install('weather', '99.0.0')).status).toBe(404);
  });
});

describe('what goes wrong leaves everything as it was', () => {
  const files = (name: string) => ({ 'SKILL.md': skillMd(name, FUNCTION), 'index.js': says(name) });
  const entries = (name: string) => [
    {
      path: 'package/package.json',
      content: JSON.stringify({ name: `@acme/${name}`, version: '1.0.0', type: 'module' }),
    },
    ...Object.entries(files(name)).map(([path, content]) => ({ path: `package/${path}`, content })),
  ];
  const packed = (name: string, more: object = {}) =>
    packedSkill(files(name), { name: `@acme/${name}`, version: '1.0.0', more: { type: 'module', ...more } });

  const HOSTILE: Record<string, Buffer> = {
    traversal: tarball([...entries('traversal'), { path: 'package/../../../../tmp/openclaw-evil', content: 'x' }]),
    link: tarball([...entries('link'), { path: 'package/passwd', type: '2', link: '/etc/passwd' }]),
    'hard-link': tarball([...entries('hard-link'), { path: 'package/passwd', type: '1', link: '/etc/passwd' }]),
    bomb: tarball([...entries('bomb'), { path: 'package/zeros', content: Buffer.alloc(40_000_000) }]),
    many: tarball([...entries('many'), ...Array.from({ length: 2_100 }, (_, no) => ({ path: `package/${no}` }))]),
    impostor: packedSkill(files('weather'), { name: '@acme/impostor' }),
    'no-skill': packedSkill({ 'README.md': '' }, { name: '@acme/no-skill' }),
    garbage: Buffer.from('this is no package'),
  };

  it.each(Object.entries(HOSTILE))('%s', async (name, file) => {
    const before = await installed(one);
    await registry.publish(`@acme/${name}`, '1.0.0', file);
    expect(await install(name)).toMatchObject({ status: 422, body: { error: 'skill_failed' } });
    expect(await installed(one)).toEqual(before);
    expect(existsSync('/tmp/openclaw-evil')).toBe(false);
  });

  it('more than the policy grants', async () => {
    const greedy = skillMd('greedy', { ...FUNCTION, 'gateway.permissions': 'network' });
    await registry.publish(
      '@acme/greedy',
      '1.0.0',
      packedSkill({ ...files('greedy'), 'SKILL.md': greedy }, { name: '@acme/greedy' }),
    );
    const { status, body } = await install('greedy');
    expect([status, body.error]).toEqual([403, 'forbidden']);
    expect(body.message).toContain('skills.policy.network');
  });

  it('an unknown name, an unknown version, and what is no name at all', async () => {
    expect((await install('nobody')).status).toBe(404);
    expect((await install('weather', '7.7.7')).status).toBe(404);
    for (const name of ['../weather', 'file:///etc/passwd', 'git+ssh://x/y', 'Weather', 'a b'])
      expect((await install(name)).status).toBe(400);
    for (const version of ['file:/etc/passwd', 'https://evil.example/x.tgz', 'git://x'])
      expect((await install('weather', version)).status).toBe(400);
  });

  it('lifecycle scripts and set-user-id bits mean nothing', async () => {
    const mark = join(one.home, 'script-ran');
    const scripts = {
      preinstall: `touch ${mark}`,
      install: `touch ${mark}`,
      postinstall: `touch ${mark}`,
      prepare: `touch ${mark}`,
    };
    const file = tarball([
      {
        path: 'package/package.json',
        content: JSON.stringify({ name: '@acme/scripts', version: '1.0.0', type: 'module', scripts }),
      },
      ...Object.entries(files('scripts')).map(([path, content]) => ({ path: `package/${path}`, content })),
      { path: 'package/suid', content: '#!/bin/sh', mode: 0o4755 },
    ]);
    await registry.publish('@acme/scripts', '1.0.0', file);
    expect((await install('scripts')).status).toBe(201);
    expect((await run(one, 'scripts', ['x'])).status).toBe(200);
    expect(existsSync(mark)).toBe(false);
    const shelf = join(one.dataFolder, 'skills');
    const modes = readdirSync(shelf, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('/suid'))
      .map((path) => statSync(join(shelf, path)).mode & 0o7777);
    expect(modes).toEqual([0o644]);
  });

  it('a packed file that was changed in the registry', async () => {
    await registry.publish('@acme/tampered', '1.0.0', packed('tampered'));
    writeFileSync(join(registry.storage, '@acme/tampered/tampered-1.0.0.tgz'), packed('tampered', { evil: true }));
    expect(await install('tampered')).toMatchObject({ status: 422, body: { error: 'skill_failed' } });
  });

  it('files that are changed after the installation are not run', async () => {
    expect((await install('weather')).status).toBe(201);
    expect((await run(one, 'weather', ['x'])).status).toBe(200);
    const shelf = join(one.dataFolder, 'skills');
    for (const folder of readdirSync(shelf)) {
      const code = join(shelf, folder, 'index.js');
      if (existsSync(code)) writeFileSync(code, 'export default () => "tampered"');
    }
    expect((await run(one, 'weather', ['x'])).body.data.result).toBe('v1.1.0 x');
  });

  it('a registry that is away', async () => {
    const before = await installed(one);
    await registry.stop();
    expect(await install('weather')).toMatchObject({ status: 503, body: { error: 'service_unavailable' } });
    expect(await installed(one)).toEqual(before);
    expect((await run(one, 'weather', ['still'])).body.data.result).toBe('v1.1.0 still');
  });
});

/** Another replica sees it within a second, on a machine that has one to spare. */
async function replicated(gateway: GatewayProcess, wanted: string[]): Promise<void> {
  await eventually(
    () => installed(gateway),
    (names) => JSON.stringify(names) === JSON.stringify(wanted),
  );
}
