import { describe, expect, it } from '@jest/globals';
import { LiveConfig } from './live-config.js';
import { findSources } from './load-config.js';
import { problemsOf, TestHome } from './testing.js';

const YAML = '.openclaw/gateway.yaml';
const JSON5 = '.config/openclaw/openclaw.json5';

async function load(files: Record<string, string>, environment: Record<string, string> = {}, flags = {}) {
  await using home = await TestHome.with(files);
  return (await LiveConfig.load(home.options(environment, flags))).current;
}

async function problems(files: Record<string, string>, environment: Record<string, string> = {}, flags = {}) {
  await using home = await TestHome.with(files);
  const found = await problemsOf(() => LiveConfig.load(home.options(environment, flags)));
  return found.map((problem) => ({ ...problem, file: problem.file.replace(`${home.path}/`, '') }));
}

describe('with no configuration at all', () => {
  it('listens on loopback, answers with echo, and asks for a token', async () => {
    const config = await load({});
    expect(config.gateway).toMatchObject({
      port: 18789,
      bind: 'loopback',
      bindAddress: '127.0.0.1',
      mode: 'local',
      drainMs: 20_000,
    });
    expect(config.gateway.auth).toMatchObject({ enabled: true, mode: 'token' });
    expect(config.authEnabled).toBe(true);
    expect(config.providerList).toEqual([
      expect.objectContaining({ name: 'primary', type: 'echo', model: 'echo', fallback: false }),
    ]);
    expect(config.models).toEqual({
      aliases: { 'claude-sonnet-4-20250514': 'echo', 'claude-opus-4-6': 'echo', 'qwen3.5-plus': 'echo' },
      onUnknown: 'error',
    });
    expect(config.agents.main).toMatchObject({
      memory: { enabled: true },
      history: { maxMessages: 50, maxTokens: 16_000 },
    });
    expect(config.api.rateLimit).toEqual({
      global: { windowMs: 60_000, maxRequests: 120 },
      perToken: { windowMs: 60_000, maxRequests: 60 },
    });
    expect(config.api.security).toMatchObject({ allowedIPs: [], maxBodySize: '1MB', maxBodyBytes: 1_048_576 });
    expect(config.database).toEqual({ poolSize: 10 });
  });

  it('keeps its data and its logs in the home folder', async () => {
    await using home = await TestHome.with();
    const { current } = await LiveConfig.load(home.options());
    expect(current.home).toBe(home.file('.openclaw'));
    expect(current.logging.dir).toBe(home.file('.openclaw/logs'));
  });

  it('is frozen to the last member', async () => {
    const config = await load({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.gateway.auth.rateLimit)).toBe(true);
    expect(Object.isFrozen(config.providerList[0])).toBe(true);
  });
});

describe('the layers', () => {
  it('go from the defaults over both files and the environment to the command line', async () => {
    const files = {
      [YAML]: 'gateway: { port: 1001, drainMs: 1 }\nlogging: { level: warn }',
      [JSON5]: '{ gateway: { port: 1002 } }',
    };
    expect((await load({ [YAML]: files[YAML] ?? '' })).gateway.port).toBe(1001);
    expect((await load(files)).gateway).toMatchObject({ port: 1002, drainMs: 1 });
    expect((await load(files)).logging.level).toBe('warn');
    expect((await load(files, { OPENCLAW_GATEWAY_PORT: '1003' })).gateway.port).toBe(1003);
    expect((await load(files, { OPENCLAW_GATEWAY_PORT: '1003' }, { port: '1004' })).gateway.port).toBe(1004);
  });

  it('replace lists, merge objects deeply, and take away with null', async () => {
    const config = await load({
      [YAML]:
        'gateway:\n  trustedProxies: [10.0.0.1, 10.0.0.2]\n  drainMs: 5\n  auth: { token: abc, rateLimit: { maxAttempts: 3 } }\nagents: { beta: { model: m } }',
      [JSON5]:
        '{ gateway: { trustedProxies: ["::1"], drainMs: null, auth: { rateLimit: { windowMs: 7 } } }, agents: { beta: null } }',
    });
    expect(config.gateway.trustedProxies).toEqual(['::1']);
    expect(config.gateway.drainMs).toBe(20_000);
    expect(config.gateway.auth).toMatchObject({ token: 'abc', rateLimit: { maxAttempts: 3, windowMs: 7 } });
    expect(Object.keys(config.agents)).toEqual(['main']);
  });

  it('take every known variable, and an empty one as not set', async () => {
    const config = await load(
      {},
      {
        OPENCLAW_GATEWAY_BIND: 'all',
        OPENCLAW_GATEWAY_PORT: '',
        DATABASE_URL: 'postgres://u:p@db/x',
        OPENCLAW_GATEWAY_PASSWORD: 'pw',
        OPENCLAW_LOG_LEVEL: 'debug',
      },
    );
    expect(config.gateway).toMatchObject({
      port: 18789,
      bind: 'all',
      bindAddress: '0.0.0.0',
      auth: { mode: 'password', password: 'pw' },
    });
    expect(config.database.url).toBe('postgres://u:p@db/x');
    expect(config.logging.level).toBe('debug');
  });

  it('take OpenTelemetry’s, those for traces before the general ones', async () => {
    const general = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_SDK_DISABLED: 'false',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };
    expect((await load({}, general)).gateway.telemetry).toMatchObject({
      ...{ endpoint: 'http://collector:4318', headers: 'a=1', protocol: 'http/protobuf', disabled: false },
      ...{ sampler: 'traceidratio', samplerRatio: 0.25 },
    });
    const ours = { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' };
    expect((await load({}, { ...general, ...ours })).gateway.telemetry).toMatchObject({
      ...{ headers: 'a=2', protocol: 'http/json' },
    });
    const wrong = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' };
    expect((await problems({}, wrong)).map(({ file, got }) => [file, got])).toEqual([
      ['environment variable OTEL_EXPORTER_OTLP_HEADERS', 'a text (not shown)'],
      ['environment variable OTEL_EXPORTER_OTLP_PROTOCOL', '"grpc"'],
    ]);
  });

  it('are named by variable and flag where they are wrong, secrets not shown', async () => {
    const environment = { OPENCLAW_GATEWAY_PORT: 'eighty', OPENCLAW_GATEWAY_TOKEN: 'hunter 2' };
    const found = await problems({}, environment, { bind: 'everywhere' });
    expect(found.map(({ file, path, got }) => [file, path, got])).toEqual([
      ['environment variable OPENCLAW_GATEWAY_PORT', 'gateway.port', '"eighty"'],
      ['command line --bind', 'gateway.bind', '"everywhere"'],
      ['environment variable OPENCLAW_GATEWAY_TOKEN', 'gateway.auth.token', 'a text (not shown)'],
    ]);
  });

  it('prefer OPENCLAW_GATEWAY_TOKEN to its other name', async () => {
    expect((await load({}, { GATEWAY_AUTH_TOKEN: 'a' })).gateway.auth.token).toBe('a');
    expect((await load({}, { GATEWAY_AUTH_TOKEN: 'a', OPENCLAW_GATEWAY_TOKEN: 'b' })).gateway.auth.token).toBe('b');
  });

  it('find the files where OPENCLAW_HOME and OPENCLAW_CONFIG say', async () => {
    const files = {
      'data/gateway.yaml': 'gateway: { port: 1 }',
      [YAML]: 'gateway: { port: 2 }',
      'one.json': '{"gateway": {"port": 3}}',
      [JSON5]: '{api: {enabled: false}}',
    };
    const moved = await load(files, { OPENCLAW_HOME: '~/data' });
    expect([moved.gateway.port, moved.api.enabled]).toEqual([1, false]);
    const named = await load(files, { OPENCLAW_CONFIG: 'one.json' });
    expect([named.gateway.port, named.api.enabled]).toEqual([3, true]);
    expect((await load(files, { OPENCLAW_CONFIG: 'missing.yaml' }, { config: 'one.json' })).gateway.port).toBe(3);
    expect(await problems(files, { OPENCLAW_CONFIG: 'missing.yaml' })).toEqual([
      expect.objectContaining({ file: 'missing.yaml', message: 'there is no such file' }),
    ]);
  });

  it('use HOME of the environment they are given', () => {
    expect(findSources({ environment: { HOME: '/nobody' } }).files).toEqual([
      '/nobody/.openclaw/gateway.yaml',
      '/nobody/.config/openclaw/openclaw.json5',
    ]);
  });
});

describe("the port's two names", () => {
  it('mean the same', async () => {
    const config = await load({ [JSON5]: '{ api: { port: 4000 } }' });
    expect([config.gateway.port, config.api.port]).toEqual([4000, 4000]);
    expect((await load({ [JSON5]: '{ api: { port: 4000 } }' }, { OPENCLAW_GATEWAY_PORT: '4001' })).gateway.port).toBe(
      4001,
    );
  });

  it('may not differ', async () => {
    const found = await problems({ [JSON5]: '{ gateway: { port: 4000 }, api: { port: 4001 } }' });
    expect(found).toEqual([expect.objectContaining({ file: JSON5, path: 'api.port', got: '4001', wanted: '4000' })]);
  });
});

describe('references to the environment', () => {
  it('are replaced anywhere in a text, with defaults and an escape', async () => {
    const text = 'agents:\n  main:\n    systemPrompt: "${A}-${B:-two}-${EMPTY:-three}-$${A}-$5"\n';
    expect((await load({ [YAML]: text }, { A: 'one', EMPTY: '' })).agents.main.systemPrompt).toBe(
      'one-two-three-${A}-$5',
    );
  });

  it('become a number or a boolean where the key wants one', async () => {
    const text = 'gateway: { port: "${PORT}", drainMs: "${DRAIN:-30}", auth: { enabled: "${AUTH}" } }';
    expect((await load({ [YAML]: text }, { PORT: '8080', AUTH: 'no' })).gateway).toMatchObject({
      port: 8080,
      drainMs: 30,
      auth: { enabled: false },
    });
    expect(await problems({ [YAML]: 'gateway: { port: "1${PORT}" }' }, { PORT: '1' })).toEqual([
      expect.objectContaining({ got: '"11"' }),
    ]);
    expect(await problems({ [YAML]: 'gateway: { port: "${PORT}" }' }, { PORT: '8o80' })).toEqual([
      expect.objectContaining({ got: '"8o80"' }),
    ]);
  });

  it('that lead nowhere are errors with file, path and variable, all at once', async () => {
    const found = await problems({
      [YAML]: 'gateway: { auth: { token: "${NOPE}" } }\nlogging: { dir: "${A-B}" }',
      [JSON5]: '{ channels: { discord: { token: "${D}" } } }',
    });
    expect(found).toEqual([
      expect.objectContaining({
        file: YAML,
        path: 'gateway.auth.token',
        got: '${NOPE}, but the environment variable NOPE is not set',
      }),
      expect.objectContaining({ file: YAML, path: 'logging.dir', got: '${A-B}' }),
      expect.objectContaining({
        file: JSON5,
        path: 'channels.discord.token',
        message: expect.stringContaining('variable D is not set'),
      }),
    ]);
  });
});

describe('a file with references that lead nowhere', () => {
  it('is told of everything else that is wrong with it as well, and once of each', async () => {
    const found = await problems({
      [YAML]: 'gateway: { port: "${NOPE}", mood: 1 }\nproviders: { primary: { type: nope, api_key: "${KEY}" } }',
      [JSON5]: '{ logging: { level: 5 } }',
    });
    expect(found.map(({ path }) => path).sort()).toEqual([
      'gateway.mood',
      'gateway.port',
      'logging.level',
      'providers.primary.api_key',
      'providers.primary.type',
    ]);
  });

  it('is told of them also where another file cannot be read', async () => {
    const found = await problems({ [YAML]: 'gateway: { port: "${NOPE}" }', [JSON5]: '{' });
    expect(found.map(({ file, path }) => [file.split(':')[0], path])).toEqual([
      [YAML, 'gateway.port'],
      [JSON5, ''],
    ]);
  });
});

describe('files that cannot be parsed', () => {
  it('are reported with line and column, every one of them, and without their content', async () => {
    const found = await problems({
      [YAML]: 'gateway:\n  port: 1\n  port: 2\n  auth: "hunter2\n',
      [JSON5]: '{\n  api: {,}\n}',
    });
    const [first] = found;
    expect(first?.file).toBe(`${YAML}:3:3`);
    expect(found.at(-1)).toMatchObject({ file: `${JSON5}:2:9`, wanted: 'valid JSON5' });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('are those with a key twice, also in JSON5', async () => {
    const text = `{\n  // "api": 1,\n  api: { enabled: true, 'auth': {}, /* auth: */ "auth": {} },\n  gateway: {},\n  api: [{a: 1}, {a: 2}],\n}`;
    const found = await problems({ [JSON5]: text });
    expect(found.map(({ file, got }) => [file, got])).toEqual([
      [`${JSON5}:3:49`, 'the key "auth" a second time'],
      [`${JSON5}:5:3`, 'the key "api" a second time'],
    ]);
  });

  it('are those that hold no object, have another ending or forbidden keys', async () => {
    expect(await problems({ [YAML]: '- 1' })).toEqual([
      expect.objectContaining({ wanted: 'an object of keys and values' }),
    ]);
    expect(await problems({ 'x.toml': '' }, { OPENCLAW_CONFIG: 'x.toml' })).toEqual([
      expect.objectContaining({ got: 'the ending ".toml"' }),
    ]);
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      expect(await problems({ [YAML]: `skills:\n  ${name}: { polluted: true }` })).toEqual([
        expect.objectContaining({ path: `skills.${name}` }),
      ]);
      expect(await problems({ [JSON5]: `{ tenants: { a: { "${name}": {} } } }` })).toEqual([
        expect.objectContaining({ path: `tenants.a.${name}` }),
      ]);
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('are not those that are empty', async () => {
    expect((await load({ [YAML]: '# nothing yet\n', [JSON5]: ' \n' })).gateway.port).toBe(18789);
  });
});
