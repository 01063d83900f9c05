import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { Installation, ROOT } from './harness.js';

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.make();
});

afterAll(() => installation[Symbol.asyncDispose]());

describe('wrong usage', () => {
  it.each([
    [['nonsense']],
    [['token']],
    [['token', 'create']],
    [['token', 'create', '--name', 'x', '--expires', 'soon']],
    [['token', 'create', '--name', 'x', '--rate-limit', '0']],
    [['gateway', '--port', '70000']],
    [['logs', '--level', 'loud']],
    [['logs', '--since', 'yesterday']],
    [['agent']],
    [['config', 'set', 'gateway.port']],
    [['config', 'set', 'agents', '{main: ']],
    [['health', '--url', 'localhost']],
    [['health', '--nope']],
    [['restore']],
  ])('%j ends with 2 and says so on standard error', async (args) => {
    const { code, stdout, stderr } = await installation.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/error:|Usage:/);
  });
});

describe('help', () => {
  it.each([
    ['gateway'],
    ['agent'],
    ['token create'],
    ['token list'],
    ['token revoke'],
    ['auth generate-token'],
    ['config get'],
    ['config set'],
    ['config validate'],
    ['logs'],
    ['status'],
    ['health'],
    ['doctor'],
    ['backup'],
    ['restore'],
  ])('%s --help has examples and --json', async (command) => {
    const { code, stdout } = await installation.run([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--json');
  });

  it('lists the commands, and prints the version', async () => {
    const { code, stdout } = await installation.run(['--help']);
    expect(code).toBe(0);
    for (const name of ['gateway', 'agent', 'token', 'auth', 'config', 'logs', 'status', 'health', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect((await installation.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('without a gateway', () => {
  it.each([['health'], ['status'], ['agent --message Hi'], ['agent --stream --message Hi'], ['health --json']])(
    '%s says how to start one',
    async (command) => {
      const { code, stdout, stderr } = await installation.run(command.split(' '));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        `error: The gateway is not running at ${installation.url}. Start it with: openclaw gateway\n`,
      );
    },
  );

  it('doctor finds a new machine fit, and makes nothing', async () => {
    await using fresh = await Installation.make();
    const home = join(fresh.home, 'data');
    const { code, stdout } = await fresh.run(['doctor'], { environment: { OPENCLAW_HOME: home } });
    expect(stdout).toContain('will be made at the first start');
    expect(stdout).toMatch(/^ok {4}port /m);
    expect(code).toBe(0);
    expect((await fresh.run(['config', 'get', 'gateway.auth.token'])).stderr).toContain('openclaw gateway');
  });

  it('there is nothing to back up, and no backup takes the place of a file', async () => {
    await installation.write('taken', 'of another program');
    const refused = async (...args: string[]) => (await installation.run(args)).stderr;
    expect(await refused('backup')).toContain('There is nothing to back up');
    expect(await refused('backup', 'taken')).toMatch(/There is a file at .*taken already\. Give another name/);
    expect(await refused('backup', 'nowhere/file')).toMatch(/There is no folder .*nowhere\. Make it first/);
    expect(await refused('restore', 'nothing')).toMatch(/There is no file that can be read at .*nothing/);
    expect(await installation.run(['restore', 'taken'])).toEqual({
      ...{ code: 1, stdout: '', stderr: 'error: This is not a backup of the gateway.\n' },
    });
  });

  it('logs has nothing to show', async () => {
    expect(await installation.run(['logs'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('auth generate-token prints a secret', async () => {
    expect((await installation.run(['auth', 'generate-token'])).stdout).toMatch(/^oc_op_[\w-]{43}\n$/);
    expect(await installation.json(['auth', 'generate-token'])).toEqual({ token: expect.stringMatching(/^oc_op_/) });
  });

  it('the bin works through a link and from any folder, and says nothing of its own', async () => {
    const folder = join(installation.home, 'elsewhere');
    await mkdir(folder);
    await symlink(join(ROOT, 'scripts/openclaw.mjs'), join(folder, 'openclaw'));
    await installation.write('relative.yaml', 'gateway: { prot: 1 }\n');
    const call = () =>
      installation.run(['config', 'validate', '--config', 'relative.yaml'], {
        program: join(folder, 'openclaw'),
        environment: { INIT_CWD: '/' },
      });
    // The first call may have something to build.
    await call();
    const { code, stderr } = await call();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: The configuration has a problem:\n\S+\/relative\.yaml\n {2}- gateway\.prot: .*\n$/);
  });
});

describe('tokens without a gateway', () => {
  it('are made, listed and revoked as the documents show', async () => {
    const made = await installation.run(['token', 'create', '--name', 'my-app', '--scope', 'chat,send,read']);
    expect(made.stdout).toMatch(/^Token: oc_tok_[0-9a-z]{40}\nScope: chat, send, read\nCreated: \d{4}-\d\d-\d\d\n$/);
    expect(made.code).toBe(0);

    const other = await installation.json([
      'token',
      'create',
      '--name',
      'ci',
      '--scope',
      'read',
      '--expires',
      '90d',
      '--tenant',
      'acme',
      '--rate-limit',
      '30',
    ]);
    expect(other).toMatchObject({
      name: 'ci',
      scope: ['read'],
      tenant: 'acme',
      rate_limit: 30,
      state: 'live',
      token: expect.stringMatching(/^oc_tok_/),
    });

    const revoked = await installation.run(['token', 'revoke', made.stdout.split(/\s/)[1] ?? '']);
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Revoked: my-app \(oc_tok_\w{6}…\)\n$/) });

    const list = await installation.run(['token', 'list']);
    expect(list.stdout).toMatch(
      /^NAME +TOKEN +SCOPE +TENANT +LIMIT +CREATED +EXPIRES +STATE\nci .* read .* acme .* 30\/min .* live\nmy-app .* revoked\n$/,
    );
    expect(list.stdout).not.toContain('\u001b');
  });

  it('are refused with the reason', async () => {
    expect(await installation.run(['token', 'revoke', 'nobody'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('openclaw token list'),
    });
    expect(await installation.run(['token', 'create', '--name', 'x', '--scope', 'fly'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('chat, send, read, admin'),
    });
    expect(await installation.run(['token', 'create', '--name', 'ci'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('configuration without a gateway', () => {
  let configured: Installation;
  beforeAll(async () => {
    configured = await Installation.withDatabase();
  });
  afterAll(() => configured[Symbol.asyncDispose]());

  it('is read from files, environment and what is stored', async () => {
    await configured.write('gateway.yaml', 'gateway:\n  auth:\n    token: "${MY_SECRET:-from-the-file}"\n');
    expect((await configured.run(['config', 'get', 'gateway.auth.token'])).stdout).toBe('from-the-file\n');
    expect(
      (
        await configured.run(['config', 'get', 'gateway.auth.token'], {
          environment: { OPENCLAW_GATEWAY_TOKEN: 'from-outside' },
        })
      ).stdout,
    ).toBe('from-outside\n');
    expect(await configured.json(['config', 'get', 'gateway/auth'])).toMatchObject({
      token: 'from-the-file',
      mode: 'token',
    });

    const set = await configured.run(['config', 'set', 'gateway.auth.token', 'a-stored-secret']);
    expect(set).toMatchObject({
      code: 0,
      stdout: 'Stored gateway.auth.token. The gateway will use it when it starts.\n',
    });
    expect((await configured.run(['config', 'get', 'gateway.auth.token'])).stdout).toBe('a-stored-secret\n');
    expect((await configured.run(['config', 'get'])).stdout).not.toContain('a-stored-secret');

    expect(await configured.json(['config', 'set', 'gateway.auth.token', 'null'])).toMatchObject({
      applied: ['gateway.auth.token'],
      running: false,
    });
    expect((await configured.run(['config', 'get', 'gateway.auth.token'])).stdout).toBe('from-the-file\n');
  });

  it('is refused with what is wrong', async () => {
    expect(await configured.run(['config', 'get', 'gateway.prot'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('did you mean gateway.port?'),
    });
    expect(await configured.run(['config', 'set', 'gateway.bind', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gateway.bind'),
    });
    expect(await configured.run(['config', 'get', 'agents.main.model'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not set'),
    });
  });

  it('validate lists every problem with file and path', async () => {
    await configured.write('bad.yaml', 'gateway:\n  drainMs: -1\nloging: {}\n');
    const { code, stderr } = await configured.run(['config', 'validate', '--config', 'bad.yaml']);
    expect(code).toBe(1);
    for (const words of ['bad.yaml', 'gateway.drainMs', 'loging']) expect(stderr).toContain(words);
    expect(await configured.json(['config', 'validate', '--config', 'bad.yaml'])).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([expect.objectContaining({ path: 'loging' })]),
    });
    expect(await configured.run(['config', 'validate'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is valid'),
    });
  });
});

describe('the gateway that cannot start', () => {
  it('lists every problem of its configuration', async () => {
    await installation.write('bad.yaml', 'gateway:\n  drainMs: -1\nloging: {}\n');
    const { code, stderr } = await installation.run(['gateway', '--config', 'bad.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain('gateway.drainMs');
    expect(stderr).toContain('loging');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says whose port it is', async () => {
    const server = createServer((_req, res) => res.end('something else')).listen(installation.port, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { code, stderr } = await installation.run(['gateway'], { environment: { OPENCLAW_LOG_LEVEL: 'error' } });
      expect(code).toBe(1);
      expect(stderr).toContain(`127.0.0.1:${installation.port} is in use by another program`);
      expect(stderr).not.toMatch(/^\s+at /m);
      const doctor = await installation.run(['doctor']);
      expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/^fail {2}port .*another program$/m) });
    } finally {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });
});

describe('doctor', () => {
  it('tells what is wrong and what to do', async () => {
    await installation.write('operator-token', 'secret\n');
    await chmod(join(installation.home, 'operator-token'), 0o644);
    await installation.write(
      'bad.yaml',
      'database:\n  url: postgres://nobody@127.0.0.1:1/none\nproviders:\n  primary:\n    type: openai-compatible\n    model: m\n    base_url: http://127.0.0.1:1/v1\n',
    );
    const { code, stdout } = await installation.run(['doctor', '--config', 'bad.yaml']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}data folder .*operator-token.*\n +→ Close it: chmod 600/m);
    expect(stdout).toMatch(/^fail {2}database .*nothing listens there/m);
    expect(stdout).toMatch(/^fail {2}provider primary /m);
    const report = await installation.json(['doctor', '--config', 'bad.yaml']);
    expect(report).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([expect.objectContaining({ check: 'node', status: 'ok' })]),
    });
  });
});
