import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { knownVariables } from '../apps/gateway/src/config/environment.js';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const known = new Set(knownVariables.map(({ name }) => name));
/** What a configuration file may take from the environment, and what Node itself looks at. */
const passedOn = new Set(['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'NODE_ENV']);

interface Service {
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck: { test: string[] };
  ports?: string[];
  volumes: string[];
  user: string;
  read_only: boolean;
}

const compose = parse(read('docker-compose.yml')) as {
  services: Record<'gateway' | 'postgres', Service>;
  volumes: Record<string, null>;
};

/** The instructions, each on one line, comments left out. */
const dockerfile = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter(Boolean);
const argumentsOf = (instruction: string) =>
  dockerfile.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

describe('Dockerfile', () => {
  it('runs what npm start runs, directly with node', () => {
    const command = JSON.parse(argumentsOf('CMD').at(-1) ?? '[]') as string[];
    const flags = /GATEWAY_FLAGS = \[(.*?)^\];/ms.exec(read('scripts/toolchain.mjs'))?.[1] ?? '';
    const ofStart = flags.match(/--[\w=-]+/g) ?? [];
    expect(ofStart).toContain('--disable-sigusr1');
    expect(command).toEqual(['node', ...ofStart, 'apps/cli/dist/main.js', 'gateway']);
  });

  it('names only files that are there, and keeps them in the build context', () => {
    const scripts = dockerfile.flatMap((line) => line.match(/scripts\/[\w-]+\.mjs/g) ?? []);
    expect(scripts).toEqual(expect.arrayContaining(['scripts/run.mjs', 'scripts/health-check.mjs']));
    for (const script of scripts) expect(existsSync(join(ROOT, script))).toBe(true);
    expect(read('.dockerignore')).not.toMatch(/^scripts|^packages|^apps|^package/m);
    expect(read('.dockerignore')).toMatch(/^\.env$/m);
  });

  it('is not run by root, and sets only variables that the gateway knows', () => {
    expect(argumentsOf('USER')).toEqual(['node']);
    const names = argumentsOf('ENV').flatMap((line) => [...line.matchAll(/(\w+)=/g)].map(([, name]) => name ?? ''));
    expect(names).toContain('OPENCLAW_GATEWAY_BIND');
    const ofNode = ['NODE_ENV', 'MALLOC_ARENA_MAX', 'MALLOC_TRIM_THRESHOLD_'];
    for (const name of names) expect([...known, ...passedOn, ...ofNode]).toContain(name);
  });
});

describe('docker-compose.yml', () => {
  const { gateway, postgres } = compose.services;

  it('sets only variables that the gateway knows', () => {
    for (const name of Object.keys(gateway.environment)) expect(known.has(name) || passedOn.has(name)).toBe(true);
  });

  it('takes every secret from the environment', () => {
    const secrets = Object.entries({ ...gateway.environment, ...postgres.environment }).filter(([name]) =>
      /PASSWORD|TOKEN|SECRET|KEY|DATABASE_URL/.test(name),
    );
    expect(secrets.length).toBeGreaterThan(4);
    for (const [, value] of secrets) expect(value).toMatch(/\$\{[A-Z_]+:[?-][^}]*\}/);
  });

  it('starts the gateway on a healthy database, and neither as root', () => {
    expect(gateway.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    for (const service of [gateway, postgres]) {
      expect(service).toMatchObject({ read_only: true, healthcheck: { test: expect.arrayContaining(['CMD']) } });
      expect(['node', 'postgres']).toContain(service.user);
      for (const volume of service.volumes) expect(compose.volumes).toHaveProperty([volume.split(':')[0] ?? '']);
    }
  });

  it('keeps the data where the image has its volume, and publishes the port on loopback only', () => {
    expect(gateway.volumes).toEqual([`gateway-data:${argumentsOf('VOLUME')[0]}`]);
    expect(gateway.ports).toEqual([`127.0.0.1:18789:${argumentsOf('EXPOSE')[0]}`]);
  });
});

describe('scripts/health-check.mjs', () => {
  async function check(port: number): Promise<number> {
    const run = promisify(execFile)(process.execPath, [join(ROOT, 'scripts/health-check.mjs')], {
      env: { OPENCLAW_GATEWAY_PORT: String(port) },
    });
    return run.then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  it.each([
    [200, 0],
    [503, 1],
  ])('turns the status %i into the exit code %i', async (status, code) => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/health' ? status : 404).end(),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      expect(await check((server.address() as AddressInfo).port)).toBe(code);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('fails where nobody listens', async () => {
    const server = createTcpServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await check(port)).toBe(1);
  });
});
