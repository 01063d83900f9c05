import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { later } from '../harness/cleanup.js';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  makeHome,
  type ModelServer,
  startGateway,
  startModel,
} from '../harness/index.js';

const skillMd = (name: string, metadata: string, body = '') =>
  `---\nname: ${name}\ndescription: Does ${name}.\n${metadata}---\n${body}`;
const ENTRY = 'metadata:\n  gateway.entry: index.mjs\n';
const SKILLS: Record<string, string> = {
  'echo/SKILL.md': skillMd('echo', ENTRY),
  'echo/index.mjs': 'export default (args, { session }) => ({ args, session });',
  'hang/SKILL.md': skillMd('hang', ENTRY),
  'hang/index.mjs': 'export default () => { for (;;); };',
  'flood/SKILL.md': skillMd('flood', ENTRY),
  'flood/index.mjs': 'export default () => "x".repeat(5_000_000);',
  'notes/SKILL.md': skillMd('notes', 'metadata:\n  gateway.entry: index.mjs\n  gateway.permissions: filesystem\n'),
  'notes/index.mjs':
    'import { readdirSync, writeFileSync } from "node:fs"; export default ({ name }) => { if (name) writeFileSync(name, name.repeat(10)); return readdirSync(".").sort(); };',
  'secrets/SKILL.md': skillMd('secrets', ENTRY),
  'secrets/index.mjs':
    'export default (args, { config, secrets }) => ({ config, secrets, env: Object.keys(process.env).sort() });',
  // As other agents have them: no word of ours.
  'house-style/SKILL.md':
    '---\nname: House Style\ndescription: How we write: read this first.\nuser-invocable: true\n---\n# Style\n\nSee references/words.md.\n',
  'house-style/references/words.md': 'Say "turn", not "request".',
};

let model: ModelServer;
let gateway: GatewayProcess;
let double: Server;
const asked: string[] = [];

beforeAll(async () => {
  model = await startModel();
  double = createServer((req, res) => {
    asked.push(`${req.method} ${req.headers.host} ${req.url}`);
    const url = new URL(req.url ?? '/', 'http://double');
    const answer = ANSWERS[url.pathname];
    res.writeHead(answer ? 200 : 302, { 'Content-Type': 'application/json', Location: 'http://127.0.0.1:1/' });
    res.end(JSON.stringify(answer ?? {}));
  }).listen(0, '127.0.0.1');
  await once(double, 'listening');
  later(() => void double.close());
  const { port } = double.address() as AddressInfo;
  const open = { allowedHosts: [`127.0.0.1:${port}`], allowPrivateNetworks: true };
  const home = makeHome();
  gateway = await startGateway({
    home,
    database: await freshDatabase(),
    files: Object.fromEntries(Object.entries(SKILLS).map(([path, text]) => [`own/${path}`, text])),
    config: {
      ...askedOf(model, 'model-a'),
      gateway: { http: { endpoints: { chatCompletions: { enabled: true } } } },
      agents: {
        main: { skills: ['echo', 'hang', 'flood', 'house-style', 'calculator'], maxSteps: 4 },
        bare: { skills: [] },
      },
      skills: {
        dirs: ['~/own'],
        policy: { filesystem: ['notes'] },
        limits: { workspace: '64KB' },
        hang: { limits: { timeoutMs: 1_000 } },
        secrets: { config: { region: 'eu' }, secrets: { API_KEY: 'sk-of-the-skill' } },
        weather: {
          ...open,
          config: { forecast: `http://127.0.0.1:${port}/forecast`, geocoding: `http://127.0.0.1:${port}/search` },
        },
        'web-search': { ...open, config: { endpoint: `http://127.0.0.1:${port}/searx` } },
        'http-request': { allowedHosts: [`127.0.0.1:${port}`, `localhost:${port}`] },
      },
    },
  });
  // On a busy machine an engine takes its time to be tried, longer than an agent waits for a server to tell its tools.
  await execute('calculator', ['1']);
});

const ANSWERS: Record<string, unknown> = {
  '/search': {
    results: [{ name: 'Beijing', country: 'China', latitude: 39.9, longitude: 116.4, timezone: 'Asia/Shanghai' }],
  },
  '/forecast': {
    current: { weather_code: 0, temperature_2m: 21.5, wind_speed_10m: 8 },
    daily: {
      time: ['2026-11-26'],
      weather_code: [61],
      temperature_2m_min: [12],
      temperature_2m_max: [22],
      precipitation_sum: [3],
    },
  },
  '/searx': { results: [{ title: '<b>Tides</b>', url: 'https://tides.example', content: 'High   at noon' }] },
};

async function execute(name: string, args: unknown) {
  const response = await gateway.fetch(`/api/v1/skills/${name}/execute`, { json: { args } });
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> };
}

const call = (id: string, name: string, args: object) => ({ id, name, arguments: JSON.stringify(args) });

describe('an agent with skills', () => {
  it('calls them, streams what it does, and answers', async () => {
    model.reset();
    model.next(
      { toolCalls: [call('a', 'echo', { x: 1 }), call('b', 'calculator__calculate', { expression: '6*7' })] },
      { chunks: ['It is ', '42.'] },
    );
    const response = await gateway.fetch('/api/v1/message', {
      json: { message: 'six times seven?', conversation_id: 'sums' },
      headers: { Accept: 'text/event-stream' },
    });
    const events = (await response.text())
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as { type: string }] : []));
    expect(events.filter(({ type }) => type === 'skill_call')).toEqual([
      { type: 'skill_call', skill: 'echo', status: 'invoking' },
      { type: 'skill_call', skill: 'calculator', status: 'invoking' },
    ]);
    expect(events.filter(({ type }) => type === 'skill_result')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'token')).toEqual([
      { type: 'token', content: 'It is ' },
      { type: 'token', content: '42.' },
    ]);
    const results = model.requests[1]?.body?.messages
      ?.filter(({ role }) => role === 'tool')
      .map(({ content }) => String(content));
    expect(results?.[0]).toMatch(/^<untrusted [\s\S]*"args":{"x":1},"session":"sums"/);
    expect(results?.[1]).toMatch(/source="skill calculator calculate"[\s\S]*42/);
    const offered = (model.requests[0]?.body?.['tools'] as { function: { name: string } }[]).map(
      (tool) => tool.function.name,
    );
    expect(offered).toEqual(['calculator__calculate', 'echo', 'flood', 'hang', 'house-style']);
    const seen = (await (await gateway.fetch('/api/v1/conversations/sums')).json()) as { messages: object[] };
    expect(seen.messages[1]).toMatchObject({ content: 'It is 42.', skills_used: ['echo', 'calculator'] });
  });

  it('is told of skills that hang or flood, and answers all the same', async () => {
    model.reset();
    model.next({ toolCalls: [call('a', 'hang', {}), call('b', 'flood', {})] }, { chunks: ['Sorry.'] });
    const answer = await gateway.fetch('/api/v1/message', { json: { message: 'try' } });
    expect(await answer.json()).toMatchObject({ content: 'Sorry.', skills_used: ['hang', 'flood'] });
    const results = model.requests[1]?.body?.messages
      ?.filter(({ role }) => role === 'tool')
      .map(({ content }) => String(content));
    expect(results?.[0]).toContain('The skill did not answer within 1 s and was stopped');
    expect(results?.[1]).toContain('The skill wrote more than 1048576 bytes and was stopped');
  });

  it('reads the instructions of skills that were written for other agents', async () => {
    model.reset();
    model.next(
      { toolCalls: [call('a', 'house-style', {})] },
      { toolCalls: [call('b', 'house-style', { file: 'references/words.md' })] },
      { chunks: ['ok'] },
    );
    await (await gateway.fetch('/api/v1/message', { json: { message: 'write' } })).json();
    const texts = model.requests[2]?.body?.messages
      ?.filter(({ role }) => role === 'tool')
      .map(({ content }) => content);
    expect(texts).toEqual(['# Style\n\nSee references/words.md.', 'Say "turn", not "request".']);
  });

  it("has the caller's functions beside its skills in OpenAI's dialect", async () => {
    model.reset();
    model.next({ toolCalls: [call('a', 'echo', {})] }, { toolCalls: [call('b', 'mine', { y: 2 })] });
    const response = await gateway.fetch('/v1/chat/completions', {
      json: {
        model: 'openclaw',
        messages: [{ role: 'user', content: 'go' }],
        tools: [{ type: 'function', function: { name: 'mine' } }],
      },
    });
    const { choices } = (await response.json()) as { choices: { message: { tool_calls: object[] } }[] };
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { id: 'b', function: { name: 'mine', arguments: '{"y":2}' } },
    ]);
  });

  it('kills its skills when the turn is cancelled', async () => {
    model.reset();
    model.next({ toolCalls: [call('a', 'hang', {})] });
    const controller = new AbortController();
    const response = await gateway.fetch('/api/v1/message', {
      json: { message: 'go', conversation_id: 'cancelled' },
      headers: { Accept: 'text/event-stream' },
      signal: controller.signal,
    });
    const id = response.headers.get('x-openclaw-message-id') ?? '';
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('skill_call')) text += new TextDecoder().decode((await reader?.read())?.value);
    await gateway.fetch(`/api/v1/message/${id}/cancel`, { method: 'POST' });
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      text += new TextDecoder().decode(part.value);
    expect(text).toContain('cancelled');
    expect(model.requests).toHaveLength(1);
  });

  it('has none where it is given none', async () => {
    model.reset();
    await (
      await gateway.fetch('/v1/chat/completions', {
        json: { model: 'openclaw:bare', messages: [{ role: 'user', content: 'go' }] },
      })
    ).json();
    expect(model.requests[0]?.body).not.toHaveProperty('tools');
  });
});

describe('the skills that come along', () => {
  it('tell the weather by Open-Meteo, and search by SearXNG, where they are pointed', async () => {
    expect((await execute('weather', ['Beijing'])).body.data.result).toEqual({
      place: 'Beijing, China',
      now: { sky: 'clear', celsius: 21.5, wind_kmh: 8 },
      days: [{ date: '2026-11-26', sky: 'rain', min_celsius: 12, max_celsius: 22, rain_mm: 3 }],
    });
    expect((await execute('web-search', ['tides', 3])).body.data.result).toEqual([
      { title: 'Tides', url: 'https://tides.example', excerpt: 'High at noon' },
    ]);
    expect(asked[0]).toMatch(/^GET 127\.0\.0\.1:\d+ \/search\?name=Beijing/);
  });

  it('never reach private addresses, though a host of theirs is allowed', async () => {
    const { port } = double.address() as AddressInfo;
    const before = asked.length;
    for (const url of [
      `http://127.0.0.1:${port}/search`,
      `http://localhost:${port}/search`,
      'http://169.254.169.254/',
      'https://example.org/',
    ]) {
      const { status, body } = await execute('http-request', [url]);
      expect([status, body.error]).toEqual([422, 'skill_failed']);
      expect(body.message).toContain('allowedHosts');
    }
    expect(asked).toHaveLength(before);
  });

  it('tell the time and calculate', async () => {
    expect((await execute('time', ['Asia/Seoul', '2026-11-20T12:00:00Z'])).body.data.result).toEqual({
      iso: '2026-11-20T12:00:00.000Z',
      zone: 'Asia/Seoul',
      date: '2026-11-20',
      time: '21:00:00',
      weekday: 'Friday',
      offset: '+09:00',
    });
    expect((await execute('calculator', ['(0.1 + 0.2) * 10'])).body.data.result).toBe('3');
    expect(await execute('calculator', ['1 / 0'])).toMatchObject({
      status: 422,
      body: { message: 'Division by zero' },
    });
  });
});

describe('what a skill is given', () => {
  it('is its own configuration and its own secrets, and nothing of the gateway', async () => {
    const { result } = (await execute('secrets', {})).body.data;
    expect(result.config).toEqual({ region: 'eu' });
    expect(result.secrets).toEqual({ API_KEY: 'sk-of-the-skill' });
    expect(result.env).not.toContain('OPENCLAW_GATEWAY_TOKEN');
    expect((await execute('echo', {})).body.data.result).toEqual({ args: {} });
    expect(gateway.logs()).not.toContain('sk-of-the-skill');
    expect(await (await gateway.fetch('/api/v1/config')).text()).not.toContain('sk-of-the-skill');
  });

  it("is the tenant's folder, up to its quota, where it may have one", async () => {
    expect((await execute('notes', { name: 'a' })).body.data.result).toEqual(['a']);
    expect((await execute('notes', { name: 'b' })).body.data.result).toEqual(['a', 'b']);
    expect((await execute('notes', { name: '../c' })).status).toBe(422);
    const big = await execute('notes', { name: 'b'.repeat(200) });
    expect(big.status).toBe(200);
  });
});

it.each(['bubblewrap', 'podman'])('leaves nothing behind when the gateway is killed, with %s', async (engine) => {
  const home = makeHome();
  const other = await startGateway({
    home,
    database: await freshDatabase(),
    files: {
      'own/sleep/SKILL.md': skillMd('sleep', ENTRY),
      'own/sleep/index.mjs': 'export default () => { for (;;); };',
    },
    config: { skills: { dirs: ['~/own'], engine } },
  });
  const status = (await (await other.fetch('/api/v1/status')).json()) as {
    skills: { container_engine: string | null };
  };
  if (status.skills.container_engine === null) {
    process.stdout.write(`skills: ${engine} can not be used here\n`);
    expect([engine, process.env.CI]).not.toEqual(['bubblewrap', 'true']);
    return;
  }
  const others = processesThatName('/skill/index.mjs');
  const running = other.fetch('/api/v1/skills/sleep/execute', { json: {} }).catch(() => undefined);
  // Of its own, and so that nobody else's is taken for it.
  const mine = () => processesThatName('/skill/index.mjs').filter((pid) => !others.includes(pid));
  while (mine().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await other.kill9();
  await running;
  for (let look = 0; look < 500 && mine().length > 0; look++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(mine()).toEqual([]);
});

function processesThatName(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path);
      } catch {
        return false;
      }
    });
}
