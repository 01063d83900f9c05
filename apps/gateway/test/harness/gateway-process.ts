import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** How a process ended: its exit code, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

export type CallOptions = RequestInit & {
  /** Sent as the JSON body; makes the method POST unless another one is named. */
  json?: unknown;
  /** Instead of the operator's; null sends none. */
  token?: string | null;
};

const UP_WITHIN_MS = 45_000;
const DOWN_WITHIN_MS = 45_000;

/** A gateway that did not come up. The message holds everything it wrote. */
export class GatewayFailed extends Error {
  constructor(
    why: string,
    /** What it wrote to stdout and stderr. */
    readonly output: string,
    readonly ending: Ending | undefined,
  ) {
    super(`The gateway ${why}. It wrote:\n${output}`);
  }
}

/** One gateway in a process of its own. */
export class GatewayProcess {
  /** Where it serves, e.g. `http://127.0.0.1:40123`. */
  url = '';
  /** Opens everything; empty where authentication is off. */
  operatorToken = '';
  /** How it ended, as soon as it has. */
  readonly ended: Promise<Ending>;
  private output = '';
  private readonly watchers = new Set<() => void>();
  private ending: Ending | undefined;

  /** @param home the person's home folder (`HOME`), which may outlive the process: another gateway can be started on it */
  constructor(
    readonly process: ChildProcess,
    readonly home: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.notify();
      });
    }
    // 'close' comes after the last output, 'exit' may come before it.
    this.ended = new Promise((resolve) => {
      process.once('close', (code, signal) => {
        this.ending = code ?? signal ?? 'SIGKILL';
        resolve(this.ending);
        this.notify();
      });
    });
  }

  /** Where its database, token and logs lie. */
  get dataFolder(): string {
    return join(this.home, '.openclaw');
  }

  /** Everything it has written to stdout and stderr so far. */
  logs(): string {
    return this.output;
  }

  /** Settles when something it wrote, from its start on, matches; rejects when it ends without. */
  async logged(pattern: RegExp): Promise<void> {
    await this.until(() => pattern.test(this.output), `ended without writing ${pattern}`);
  }

  /** `fetch` of a path of this gateway, with the operator's token. */
  async fetch(path: string, { json, token = this.operatorToken, ...init }: CallOptions = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    if (json === undefined) return fetch(this.url + path, { ...init, headers });
    headers.set('Content-Type', 'application/json');
    return fetch(this.url + path, { method: 'POST', ...init, headers, body: JSON.stringify(json) });
  }

  /** SIGTERM, then waits for the end; 0 is a graceful one. One that does not end is killed, and that is an error. */
  async stop(): Promise<Ending> {
    if (this.ending === undefined) this.process.kill('SIGTERM');
    return this.within(DOWN_WITHIN_MS, this.ended, 'did not stop after SIGTERM');
  }

  /** `kill -9`. An embedded database lives on, as it would; it is stopped at the end of the test file. */
  async kill9(): Promise<void> {
    if (this.ending === undefined) this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Settles when it has announced itself. Throws {@link GatewayFailed}. */
  async announced(): Promise<this> {
    this.process.once('message', (message) => {
      const { url, operatorToken } = message as { url: string; operatorToken?: string };
      this.url = url;
      this.operatorToken = operatorToken ?? '';
      this.notify();
    });
    await this.within(
      UP_WITHIN_MS,
      this.until(() => this.url !== '', 'did not come up'),
      'did not come up in time',
    );
    return this;
  }

  private notify(): void {
    for (const look of this.watchers) look();
  }

  private until(condition: () => boolean, otherwise: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) resolve();
        else if (this.ending !== undefined) reject(new GatewayFailed(otherwise, this.output, this.ending));
        else return;
        this.watchers.delete(look);
      };
      this.watchers.add(look);
      look();
    });
  }

  private async within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new GatewayFailed(otherwise, this.output, this.ending)), ms);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      await this.kill9();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
