import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Installation, stop } from './harness.js';

let installation: Installation;
let gateway: { child: ChildProcess; said: () => string };

beforeAll(async () => {
  installation = await Installation.make();
  await installation.write('gateway.yaml', 'agents:\n  main: {}\n  poet:\n    systemPrompt: Rhyme.\n');
  gateway = await installation.startGateway();
});

afterAll(() => installation[Symbol.asyncDispose]());

/** Of the gateway that runs, without a program in between; with the operator's token unless another is given. */
async function call(path: string, token?: string): Promise<Response> {
  const operator = readFile(join(installation.home, 'operator-token'), 'utf8');
  const response = await fetch(installation.url + path, {
    headers: { Authorization: `Bearer ${token ?? (await operator).trim()}` },
  });
  await response.arrayBuffer();
  return response;
}

describe('openclaw gateway', () => {
  it('says where it is and where the token lies, but not the token', async () => {
    const token = (await readFile(join(installation.home, 'operator-token'), 'utf8')).trim();
    const said = gateway.said();
    expect(said).toContain(`is ready at ${installation.url}`);
    expect(said).toContain(`in ${installation.home}/operator-token (created)`);
    expect(said).toContain('embedded PostgreSQL');
    expect(said).not.toContain(token);
  });

  it('prints a call that works as it is printed', async () => {
    const call = /^ {2}(curl [\s\S]*?"Hello!"}')$/m.exec(gateway.said())?.[1] ?? '';
    const shell = spawn('sh', ['-c', call], { stdio: ['ignore', 'pipe', 'inherit'] });
    let answer = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const [code] = (await once(shell, 'close')) as [number];
    // A machine without curl cannot try it.
    if (code !== 127)
      expect(JSON.parse(answer)).toMatchObject({ role: 'assistant', content: expect.stringContaining('Hello!') });
  });

  it('lets no second one at its data folder', async () => {
    const { code, stderr } = await installation.run(['gateway', '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain(`The data folder ${installation.home} is in use by process ${gateway.child.pid}`);
  });
});

describe('talking', () => {
  it('prints the answer', async () => {
    expect(await installation.run(['agent', '--message', 'Good morning'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/Good morning\n$/),
    });
  });

  it('prints it as it comes, and reads from standard input', async () => {
    const { code, stdout } = await installation.run(['agent', '--stream', '--message', '-', '--session', 'pipe'], {
      input: 'From a pipe',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/From a pipe\n$/);
  });

  it('gives the API’s own answer, within a session', async () => {
    expect(
      await installation.json(['agent', '--message', 'Hi', '--session', 'mine', '--model', 'echo', '--agent', 'poet']),
    ).toMatchObject({
      conversationId: 'mine',
      role: 'assistant',
      model: 'echo',
    });
  });

  it('passes on what the gateway refuses', async () => {
    expect(await installation.run(['agent', '--message', 'Hi', '--model', 'nobody'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Unknown model "nobody"'),
    });
    expect(await installation.run(['agent', '--message', 'Hi', '--agent', 'nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('main, poet'),
    });
    expect(await installation.run(['agent', '--message', ' '])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no message'),
    });
  });
});

describe('looking', () => {
  it('status', async () => {
    const { code, stdout } = await installation.run(['status']);
    expect(code).toBe(0);
    expect(stdout).toContain(`is running at ${installation.url}`);
    expect(stdout).toMatch(/Model +echo of echo/);
    expect(await installation.json(['status'])).toMatchObject({
      status: 'running',
      success: true,
      gateway: { port: installation.port },
    });
  });

  it('health', async () => {
    expect(await installation.run(['health'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok /) });
    expect(await installation.json(['health'])).toMatchObject({ status: 'ok' });
    expect((await installation.run(['health', '--detail'])).stdout).toMatch(/database +ok/);
  });

  it('doctor', async () => {
    const { code, stdout } = await installation.run(['doctor']);
    expect(stdout).toContain(`the gateway is listening on 127.0.0.1:${installation.port}`);
    expect(stdout).toMatch(/^ok {4}database .*embedded PostgreSQL/m);
    expect(code).toBe(0);
  });

  it('finds another gateway by --url, and says why a token is refused', async () => {
    const { url } = installation;
    const refused = await installation.run(['status', '--url', url, '--token', 'wrong']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('refused the token from --token') });
    expect(
      await installation.run(['status'], {
        environment: { OPENCLAW_GATEWAY_URL: `${url}/`, OPENCLAW_GATEWAY_PORT: '1' },
      }),
    ).toMatchObject({ code: 0 });
    expect(await installation.run(['status'], { environment: { OPENCLAW_TOKEN: 'wrong' } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('OPENCLAW_TOKEN'),
    });
  });
});

describe('tokens beside the gateway', () => {
  it('open it, and no more once they are revoked', async () => {
    const { token } = (await installation.json(['token', 'create', '--name', 'reader', '--scope', 'read'])) as {
      token: string;
    };
    expect(await installation.run(['status', '--token', token])).toMatchObject({ code: 0 });
    expect(await installation.run(['agent', '--message', 'Hi', '--token', token])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('scope'),
    });
    expect(await installation.run(['token', 'revoke', 'reader'])).toMatchObject({ code: 0 });
    while ((await call('/api/v1/status', token)).status === 200) await sleep(20);
    expect(await installation.run(['status', '--token', token])).toMatchObject({ code: 1 });
  });
});

describe('settings beside the gateway', () => {
  it('are applied at once, or wait for a restart', async () => {
    expect(await installation.run(['config', 'set', 'api.rateLimit.perToken.maxRequests', '500'])).toMatchObject({
      code: 0,
      stdout: 'In force now: api.rateLimit.perToken.maxRequests\n',
    });
    expect((await installation.run(['config', 'get', 'api.rateLimit.perToken.maxRequests'])).stdout).toBe('500\n');
    expect(await installation.run(['config', 'set', 'logging.maxFiles', '3'])).toMatchObject({
      code: 0,
      stdout: 'After a restart of the gateway: logging.maxFiles\n',
    });
    expect(await installation.json(['config', 'set', 'logging.maxFiles', '3'])).toEqual({
      applied: [],
      restart_required: false,
      restart_paths: [],
      running: true,
    });
  });

  it('are refused with the reason', async () => {
    expect(await installation.run(['config', 'set', 'gateway.port', '1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('OPENCLAW_GATEWAY_PORT'),
    });
  });

  it.each([
    ['api.security.allowedIPs', "['10.0.0.0/8']", 403, 'Calls from your address are not allowed'],
    ['api.enabled', 'false', 404, 'The REST API is off'],
  ])('that keep the operator out are taken back all the same: %s', async (path, value, status, reason) => {
    expect(await installation.run(['config', 'set', path, value])).toMatchObject({ code: 0, stderr: '' });
    expect((await call('/api/v1/status')).status).toBe(status);
    expect(await installation.run(['config', 'set', path, 'null'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(reason),
      stdout: `In force now: ${path}\n`,
    });
    while ((await call('/api/v1/status')).status !== 200) await sleep(50);
  });

  it('show the token that was made', async () => {
    const { stdout } = await installation.run(['config', 'get', 'gateway.auth.token']);
    expect(stdout).toBe(await readFile(join(installation.home, 'operator-token'), 'utf8'));
  });
});

describe('logs', () => {
  it('are lines that grep finds', async () => {
    const { code, stdout } = await installation.run(['logs', '--since', '1h', '--component', 'gateway']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO {2}gateway {3}request .*method=POST path=\/api\/v1\/chat status=200 /m,
    );
    expect((await installation.run(['logs', '--lines', '2'])).stdout.trim().split('\n')).toHaveLength(2);
    expect((await installation.run(['logs', '--level', 'error'])).stdout).toBe('');
  });

  it('are JSON lines for programs, from the API too', async () => {
    const local = await installation.run(['logs', '--json', '--lines', '1']);
    expect(JSON.parse(local.stdout)).toMatchObject({ level: 'info', component: 'gateway' });
    const remote = await installation.run(['logs', '--json', '--lines', '3', '--url', installation.url]);
    expect(
      remote.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toHaveLength(3);
  });

  it.each([
    ['files', []],
    ['API', ['--url']],
  ] as const)('are followed until the signal, from the %s', async (_name, flag) => {
    const child = installation.spawn([
      'logs',
      '-f',
      '--lines',
      '0',
      ...flag,
      ...(flag.length > 0 ? [installation.url] : []),
    ]);
    const line = new Promise<string>((resolve) => {
      let text = '';
      child.stdout?.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (/path=\/health\/detail .*\n/.test(text)) resolve(text);
      });
    });
    let seen = false;
    void line.then(() => (seen = true));
    // Again until it is seen: nobody knows when the other process has begun to follow.
    while (!seen) {
      await call('/health/detail');
      await sleep(20);
    }
    expect(await line).toContain('/health/detail');
    expect(await stop(child)).toBe(0);
  });

  it('end quietly when nobody reads on', async () => {
    const child = installation.spawn(['logs', '-f', '--json']);
    const errors: Buffer[] = [];
    child.stderr?.on('data', (piece: Buffer) => errors.push(piece));
    child.stdout?.once('data', () => child.stdout?.destroy());
    const ended = once(child, 'exit') as Promise<[number]>;
    let code: number | undefined;
    void ended.then(([result]) => (code = result));
    while (code === undefined) {
      await call('/health/detail');
      await sleep(20);
    }
    expect(code).toBe(0);
    expect(Buffer.concat(errors).toString()).toBe('');
  });
});

describe('memory', () => {
  it('adds, finds and counts', async () => {
    const added = await installation.run(['memory', 'add', 'Ana does not eat meat', '--tag', 'food']);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Added: mem_/) });
    await installation.run(['memory', 'add', '-', '--session', 'notes'], { input: 'from a pipe\n' });
    const found = await installation.run(['memory', 'search', 'who eats meat?', '--tag', 'food']);
    expect(found.stdout).toContain('Ana does not eat meat');
    expect(await installation.json(['memory', 'search', 'pipe', '--session', 'notes', '--limit', '1'])).toMatchObject({
      results: [{ content: 'from a pipe\n', type: 'long-term', conversation_id: 'notes' }],
      total: 1,
    });
    expect((await installation.run(['memory', 'search', 'qqqq'])).stderr).toContain('Nothing was found.');
    expect(await installation.json(['memory', 'stats'])).toMatchObject({ wal: { entries: expect.any(Number) } });
    expect((await installation.run(['memory', 'stats'])).stdout).toMatch(/Segments +0/);
    expect((await installation.run(['memory', 'compact'])).stdout).toBe('Compacted: 0 entries into 0 segments\n');
    expect(await installation.run(['memory', 'add', ' '])).toMatchObject({ code: 1 });
    expect(await installation.run(['memory', 'search'])).toMatchObject({ code: 2 });
    expect(await installation.run(['memory', 'search', 'x', '--min-score', '2'])).toMatchObject({ code: 2 });
    await installation.run(['memory', 'add', 'likes jazz', '--user', 'ana', '--author', 'Ben']);
    const ofAna = await installation.json(['memory', 'search', 'jazz', '--user', 'ana']);
    expect(ofAna).toMatchObject({ results: [{ content: 'likes jazz' }] });
    const narrowed = ['--user', 'nobody', '--agent', 'main', '--min-score', '0.1'];
    expect(await installation.json(['memory', 'search', 'meat', ...narrowed])).toMatchObject({ results: [] });
  });

  it('exports, forgets and imports again', async () => {
    await installation.run(['memory', 'add', 'a yak in 1999', '--at', '1999-05-01', '--session', 'farm']);
    const { stdout } = await installation.run(['memory', 'export']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        content: 'a yak in 1999',
        created_at: '1999-05-01T00:00:00.000Z',
        conversation_id: 'farm',
      }),
    );
    const asked = await installation.run(['memory', 'prune', '--before', '2000-01-01']);
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('1 entries for good. Do it with --yes') });
    const pruned = await installation.run(['memory', 'prune', '--before', '2000-01-01', '--yes']);
    expect(pruned).toMatchObject({ code: 0, stdout: 'Forgotten: 1 entries\n' });
    await installation.write('yak.jsonl', lines.filter((line) => line.includes('yak')).join('\n'));
    expect(await installation.json(['memory', 'import', 'yak.jsonl'])).toEqual({ imported: 1 });
    const found = await installation.run(['memory', 'search', 'yak', '--session', 'farm', '--json']);
    expect(JSON.parse(found.stdout)).toMatchObject({ results: [{ created_at: '1999-05-01T00:00:00.000Z' }] });
    const broken = await installation.run(['memory', 'import', '-'], { input: '{"content": "ok"}\n{"no": 1}\n' });
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('Line 2 has no text') });
    const wrong = await installation.run(['memory', 'import', '-'], {
      input: '\n{"content": "ok"}\n\n{"content": ""}\n',
    });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Line 4: content must be') });
    expect(await installation.run(['memory', 'import', 'none.jsonl'])).toMatchObject({ code: 1 });
  });
});

describe('the end', () => {
  it('is by SIGTERM, with 0', async () => {
    expect(await stop(gateway.child)).toBe(0);
    expect((await installation.run(['health'])).code).toBe(1);
  });

  it('and the next start, for programs, is one line of JSON among others', async () => {
    const { child, said } = await installation.startGateway(['--json'], '"event":"ready"');
    const lines = said()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find((line) => line.event === 'ready')).toMatchObject({
      url: installation.url,
      operator_token_created: false,
      database: 'embedded',
    });
    expect(await stop(child)).toBe(0);
  });
});
