import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryLogger } from '@openclaw/core';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveConfig } from '../config/index.js';
import { checkClock, clockFinding } from './check-clock.js';
import { checkDataFolder } from './check-data-folder.js';
import { checkDatabase } from './check-database.js';
import { checkDisk, diskFinding } from './check-disk.js';
import { checkEmbeddings } from './check-embeddings.js';
import { checkNode } from './check-node.js';
import { checkPort } from './check-port.js';
import { checkProviders } from './check-providers.js';
import { diagnose } from './diagnose.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'openclaw-doctor-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

async function configOf(values: object, environment: Record<string, string> = {}) {
  await writeFile(join(home, 'openclaw.json'), JSON.stringify(values));
  const options = {
    environment: { OPENCLAW_HOME: home, ...environment },
    flags: { config: join(home, 'openclaw.json') },
    userHome: home,
  };
  return (await LiveConfig.load(options)).current;
}

/** A server that answers with `listener` while `work` goes on. */
async function whileServing<T>(listener: RequestListener, work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

describe('embeddings', () => {
  const check = (port: number, more: object = {}) =>
    configOf({
      providers: {
        primary: { type: 'echo' },
        local: { type: 'openai-compatible', model: 'm', base_url: `http://127.0.0.1:${port}` },
      },
      memory: { embeddings: { provider: 'local', model: 'e', ...more } },
    }).then(checkEmbeddings);
  const answering: RequestListener = (_request, response) =>
    response.end(JSON.stringify({ model: 'e', data: [{ index: 0, embedding: [1, 2, 3] }] }));

  it('are not looked for where none are configured', async () => {
    expect(await checkEmbeddings(await configOf({}))).toEqual([]);
  });

  it('answer, and say how long they are', async () => {
    const [finding] = await whileServing(answering, (port) => check(port));
    expect(finding).toMatchObject({ status: 'ok', message: expect.stringMatching(/^e of local .*3 dimensions$/) });
  });

  it('have the dimensions that are wanted', async () => {
    const [finding] = await whileServing(answering, (port) => check(port, { dimensions: 4 }));
    expect(finding).toMatchObject({ status: 'warn', advice: expect.stringContaining('to 3') });
  });

  it('are no reason to fail, whatever the endpoint says', async () => {
    const refusing: RequestListener = (_request, response) => response.writeHead(404).end('{}');
    const [refused] = await whileServing(refusing, (port) => check(port));
    expect(refused).toMatchObject({ status: 'warn', advice: expect.stringContaining('does the provider have') });
    const port = await whileServing(answering, async (free) => free);
    expect(await check(port)).toMatchObject([{ status: 'warn', message: expect.stringContaining('words alone') }]);
  });
});

describe('node', () => {
  it('has to be 24 or newer', () => {
    expect(checkNode('24.0.0').status).toBe('ok');
    expect(checkNode('22.12.0')).toMatchObject({ status: 'fail', advice: expect.stringContaining('24') });
  });
});

describe('data folder', () => {
  it('may be missing', async () => {
    expect(await checkDataFolder(join(home, 'a/b'))).toMatchObject([
      { status: 'ok', message: expect.stringContaining('first start') },
    ]);
  });

  it('may be passed through, but not read', async () => {
    await chmod(home, 0o711);
    expect(await checkDataFolder(home)).toMatchObject([{ status: 'ok' }]);
    await chmod(home, 0o755);
    expect(await checkDataFolder(home)).toMatchObject([{ status: 'warn', advice: `Close it: chmod go-rw ${home}` }]);
  });

  it('keeps its secrets to itself', async () => {
    await writeFile(join(home, 'secret.key'), 'x', { mode: 0o600 });
    await writeFile(join(home, 'operator-token'), 'x', { mode: 0o640 });
    expect(await checkDataFolder(home)).toMatchObject([
      { status: 'fail', message: expect.stringContaining('operator-token') },
    ]);
  });
});

describe('port', () => {
  it('is free, or says who has it', async () => {
    const body = JSON.stringify({ status: 'ok', uptime_seconds: 1 });
    await whileServing(
      (_req, res) => res.end(body),
      async (port) => {
        expect(await checkPort(await configOf({ gateway: { port } }))).toMatchObject({
          status: 'warn',
          message: expect.stringContaining('another data folder'),
        });
      },
    );
    const freed = await whileServing(
      (_req, res) => res.end('hello'),
      async (port) => {
        expect(await checkPort(await configOf({ gateway: { port } }))).toMatchObject({
          status: 'fail',
          message: expect.stringContaining('another program'),
        });
        return port;
      },
    );
    expect(await checkPort(await configOf({ gateway: { port: freed } }))).toMatchObject({ status: 'ok' });
  });

  it('needs an address of this machine', async () => {
    const config = await configOf({ gateway: { port: 0, bind: '192.0.2.1', auth: { token: 'a-long-enough-secret' } } });
    expect(await checkPort(config)).toMatchObject({ status: 'fail', message: expect.stringContaining('192.0.2.1') });
  });
});

describe('database', () => {
  it('is made later where there is none', async () => {
    expect(await checkDatabase(await configOf({}))).toMatchObject({ findings: [{ status: 'ok' }], hasSchema: false });
  });

  it('that is there tells its version and its clock', async () => {
    const config = await configOf({ database: { url: process.env.TEST_DATABASE_URL } });
    const { findings } = await checkDatabase(config);
    expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual(['database ok', 'clock ok']);
  });

  it('that is not there says what to do', async () => {
    const config = await configOf({ database: { url: 'postgres://x@127.0.0.1:1/x' } });
    expect(await checkDatabase(config)).toMatchObject({
      findings: [{ status: 'fail', advice: expect.stringContaining('DATABASE_URL') }],
    });
  });
});

describe('providers', () => {
  const provider = (port: number) => ({
    type: 'openai-compatible',
    model: 'm',
    base_url: `http://127.0.0.1:${port}/v1`,
    api_key: 'key-of-the-provider',
  });

  it('answer, refuse, or are away', async () => {
    await whileServing(
      (_req, res) => res.end('{"data":[]}'),
      async (port) =>
        expect(await checkProviders(await configOf({ providers: { primary: provider(port) } }))).toMatchObject([
          { status: 'ok' },
        ]),
    );
    await whileServing(
      (_req, res) => res.writeHead(401).end('{}'),
      async (port) => {
        const config = await configOf({ providers: { primary: provider(port), fallbacks: [provider(1)] } });
        expect(await checkProviders(config)).toMatchObject([
          { status: 'fail', check: 'provider primary', advice: 'Correct providers.primary.api_key.' },
          { status: 'warn', check: 'provider fallback-1' },
        ]);
      },
    );
  });
});

describe('clock', () => {
  it('may differ a little', () => {
    expect(clockFinding('x', 4_000)).toMatchObject({ status: 'ok' });
    expect(clockFinding('x', -20_000)).toMatchObject({ status: 'warn', message: 'is 20 s ahead of x' });
    expect(clockFinding('x', 90_000)).toMatchObject({ status: 'fail', message: 'is 90 s behind x' });
  });

  it("is compared with the provider's", async () => {
    await whileServing(
      (_req, res) => res.setHeader('Date', new Date(Date.now() + 3_600_000).toUTCString()).end(),
      async (port) => {
        const config = await configOf({
          providers: { primary: { type: 'openai-compatible', model: 'm', base_url: `http://127.0.0.1:${port}` } },
        });
        expect(await checkClock(config)).toMatchObject([
          { status: 'fail', message: expect.stringContaining(`behind the clock of 127.0.0.1:${port}`) },
        ]);
      },
    );
    expect(await checkClock(await configOf({}))).toEqual([]);
  });
});

describe('disk', () => {
  it('has room, little, or none', async () => {
    expect(diskFinding(5_000, home).status).toBe('ok');
    expect(diskFinding(500, home).status).toBe('warn');
    expect(diskFinding(50, home)).toMatchObject({ status: 'fail', advice: expect.stringContaining('OPENCLAW_HOME') });
    expect((await checkDisk(join(home, 'not/yet'))).check).toBe('disk');
  });
});

describe('diagnose', () => {
  it('goes on without a usable configuration as far as it can', async () => {
    await mkdir(join(home, 'data'), { mode: 0o700 });
    const environment = {
      OPENCLAW_HOME: join(home, 'data'),
      OPENCLAW_GATEWAY_PORT: 'none',
      OPENCLAW_LOG_LEVEL: 'loud',
    };
    const checks: string[] = [];
    for await (const { check, status } of diagnose({ environment, userHome: home }, new InMemoryLogger()))
      checks.push(`${check} ${status}`);
    expect(checks).toEqual([
      expect.stringMatching(/^node /),
      'config fail',
      'config fail',
      'data folder ok',
      expect.stringMatching(/^disk /),
    ]);
  });
});
