import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { EmbeddedPostgresError } from './errors.js';
import { serverEnvironment } from './initialise-cluster.js';
import { livePostmaster, sendSignal } from './postmaster-file.js';
import type { ServerLog } from './server-log.js';
import type { ServerUser } from './server-user.js';

const ADOPTED_CHECK_MS = 250;

/** One running server process, our child or one that an earlier gateway left behind. It keeps no event loop alive by itself. */
export class Postmaster {
  private readonly end = Promise.withResolvers<string>();
  private child: ChildProcess | undefined;
  private watch: NodeJS.Timeout | undefined;
  private running = true;

  private constructor(
    readonly pid: number,
    readonly adopted: boolean,
  ) {}

  /** Starts a server. It lives in a session of its own, so that neither Ctrl-C nor our end takes it down. */
  static async launch(
    program: string,
    args: string[],
    user: ServerUser | undefined,
    log: ServerLog,
  ): Promise<Postmaster> {
    const output = log.open();
    try {
      const child = spawn(program, args, {
        ...user,
        cwd: '/',
        env: serverEnvironment(),
        detached: true,
        stdio: ['ignore', output, output],
      });
      await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      return Postmaster.ofChild(child);
    } catch (error) {
      const who = user ? ` as user ${user.uid}` : '';
      throw new EmbeddedPostgresError(`${program} could not be run${who}: ${String(error)}`, { cause: error });
    } finally {
      closeSync(output);
    }
  }

  /** Takes over a server that runs already. */
  static adopt(data: string, pid: number): Postmaster {
    const server = new Postmaster(pid, true);
    const check = () => {
      if (livePostmaster(data)?.pid !== pid) server.ended('ended');
    };
    server.watch = setInterval(check, ADOPTED_CHECK_MS).unref();
    return server;
  }

  private static ofChild(child: ChildProcess): Postmaster {
    const server = new Postmaster(child.pid ?? 0, false);
    server.child = child;
    child.once('exit', (code, signal) => server.ended(signal ? `ended by ${signal}` : `ended with status ${code}`));
    child.unref();
    return server;
  }

  get isRunning(): boolean {
    return this.running;
  }

  /** Settles when the process has ended, with how it did. */
  get exited(): Promise<string> {
    return this.end.promise;
  }

  /** Asks for a fast shutdown, waits for it, and insists step by step when it takes too long. */
  async stop(patienceMs: number): Promise<void> {
    this.child?.ref();
    this.watch?.ref();
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (!this.running) return;
      sendSignal(this.pid, signal);
      if (await this.endsWithin(patienceMs)) return;
    }
  }

  /** Stops watching the process and leaves it running. */
  forget(): void {
    clearInterval(this.watch);
    this.child?.removeAllListeners('exit');
  }

  private ended(how: string): void {
    this.running = false;
    clearInterval(this.watch);
    this.end.resolve(how);
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const timeout = Promise.withResolvers<false>();
    const timer = setTimeout(timeout.resolve, ms, false);
    const ended = this.exited.then(() => true as const);
    const result = await Promise.race([ended, timeout.promise]);
    clearTimeout(timer);
    return result;
  }
}
