import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Interface, createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, type ClientConfig } from 'pg';
import { EmbeddedPostgres, type EmbeddedPostgresEvent, type EmbeddedPostgresOptions } from '../src/index.js';

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'programs');

/** What one test made, undone in reverse order at its end. */
export class Bench implements AsyncDisposable {
  private readonly undo: (() => Promise<void> | void)[] = [];

  /** A data folder of its own, one that other users may pass through to. */
  home(): string {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-embedded-')));
    chmodSync(folder, 0o711);
    this.later(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  later(action: () => Promise<void> | void): void {
    this.undo.push(action);
  }

  /** A running server and everything it reported; stopped at the end of the test. */
  async start(home: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<Watched> {
    const watched = new Watched();
    watched.server = await EmbeddedPostgres.start({ home, onEvent: (event) => watched.note(event), ...options });
    this.later(() => watched.server.stop());
    return watched;
  }

  /** One of the programs beside this file, killed at the end of the test if it still runs. */
  program(name: string, args: string[], user: { uid?: number; gid?: number } = {}): Program {
    const program = new Program(name, args, user);
    this.later(() => program.kill());
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const action of this.undo.reverse()) await action();
  }
}

/** A server with the events it reported. */
export class Watched {
  server!: EmbeddedPostgres;
  readonly events: EmbeddedPostgresEvent[] = [];
  private readonly waiting: { type: string; resolve: () => void }[] = [];

  note(event: EmbeddedPostgresEvent): void {
    this.events.push(event);
    for (const { type, resolve } of this.waiting) if (type === event.type) resolve();
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Settles at the next event of this type. */
  next(type: EmbeddedPostgresEvent['type']): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ type, resolve }));
  }
}

/** A Node process that speaks in lines. */
export class Program {
  readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(name: string, args: string[], user: { uid?: number; gid?: number }) {
    this.child = spawn(process.execPath, ['--no-warnings', join(PROGRAMS, name), ...args], {
      ...user,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
    });
    if (!this.child.stdout) throw new Error('no output');
    this.reader = createInterface(this.child.stdout);
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the program ended without saying more');
    return String(value);
  }

  say(text: string): void {
    this.child.stdin?.write(`${text}\n`);
  }

  /** Ends its input and waits until it has ended by itself; returns the exit code. */
  async finish(): Promise<number | null> {
    this.child.stdin?.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  kill(): Promise<void> {
    return this.end(() => this.child.kill('SIGKILL'));
  }

  /** Kills it with everything in its process group, as a closing terminal does. */
  killGroup(): Promise<void> {
    return this.end(() => process.kill(-(this.child.pid ?? 0), 'SIGKILL'));
  }

  private async end(kill: () => boolean): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      kill();
      await exit;
    }
    this.reader.close();
  }
}

/** Runs one statement on a connection of its own and returns its rows. */
export async function query(where: string | ClientConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(where);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
