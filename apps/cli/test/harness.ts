import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, dropDatabase } from '@openclaw/adapter-embedded-postgres/testing';
import { COMPILED } from '../../../test/machine/compiled.js';

export const ROOT = new URL('../../../', import.meta.url).pathname;
const ADMIN = process.env.TEST_DATABASE_URL ?? '';
const MAIN = join(ROOT, 'apps/cli/dist/main.js');

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A data folder with a port, and the command line at work on them. */
export class Installation implements AsyncDisposable {
  private readonly children = new Set<ChildProcess>();

  private constructor(
    readonly home: string,
    readonly port: number,
    private readonly database?: string,
  ) {}

  static async make(): Promise<Installation> {
    return new Installation(await mkdtemp(join(tmpdir(), 'openclaw-cli-')), await freePort());
  }

  /** With a database on the test run's PostgreSQL, for whatever has nothing to do with the embedded one: each start takes half as long. */
  static async withDatabase(): Promise<Installation> {
    const database = await createDatabase(ADMIN, process.env.TEST_DATABASE_TEMPLATE);
    return new Installation(await mkdtemp(join(tmpdir(), 'openclaw-cli-')), await freePort(), database);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.home, name), text);
  }

  spawn(args: string[], environment: Record<string, string> = {}, program = MAIN): ChildProcess {
    const own = {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILED,
      HOME: this.home,
      OPENCLAW_HOME: this.home,
      OPENCLAW_GATEWAY_PORT: String(this.port),
      ...(this.database !== undefined && { DATABASE_URL: this.database }),
    };
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.home,
      env: { ...own, ...environment },
      stdio: 'pipe',
    });
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }

  async run(
    args: string[],
    options: { input?: string; environment?: Record<string, string>; program?: string } = {},
  ): Promise<Result> {
    const child = this.spawn(args, options.environment, options.program);
    child.stdin?.end(options.input);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: await stdout, stderr: await stderr };
  }

  async json(args: string[], options: { input?: string } = {}): Promise<unknown> {
    const { stdout } = await this.run([...args, '--json'], options);
    return JSON.parse(stdout);
  }

  /** Resolves when the gateway has said that it is ready. */
  async startGateway(
    args: string[] = [],
    ready = 'Stop with Ctrl-C',
  ): Promise<{ child: ChildProcess; said: () => string }> {
    const child = this.spawn(['gateway', ...args]);
    let text = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (piece: Buffer) => {
        text += piece.toString();
        if (text.includes(ready)) resolve();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}:\n${text}`)));
    });
    return { child, said: () => text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.children) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(this.home, { recursive: true, force: true });
    if (this.database !== undefined) await dropDatabase(ADMIN, this.database);
  }
}

export async function stop(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  const [code] = await ended;
  return code;
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  if (stream) for await (const piece of stream.setEncoding('utf8')) text += piece;
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
