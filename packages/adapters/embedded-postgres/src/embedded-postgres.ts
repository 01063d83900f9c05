import { setTimeout as delay } from 'node:timers/promises';
import { type ClusterLocation, locateCluster } from './cluster-location.js';
import { type EmbeddedConnection, connectionUrl } from './connection.js';
import type { Postmaster } from './postmaster.js';
import { type ReadyServer, ServerLauncher } from './server-launcher.js';
import { type ServerSettings, effectiveSettings } from './server-settings.js';

/** Something that happened to the embedded server, to be logged. */
export interface EmbeddedPostgresEvent {
  type: 'initialising' | 'starting' | 'adopted' | 'ready' | 'crashed' | 'restart-failed' | 'restarted' | 'stopped';
  message: string;
}

export interface EmbeddedPostgresOptions {
  /**
   * The gateway's data folder, made when there is none. The cluster goes to `postgres` in it, or, where the gateway is root and the
   * server's user cannot reach the folder, to a folder below /var/lib/openclaw-gateway that `postgres.location` names.
   */
  home: string;
  /** Whether a committed row survives a power cut; true unless said otherwise. */
  fsync?: boolean;
  onEvent?: (event: EmbeddedPostgresEvent) => void;
  /** Settings by PostgreSQL's names, over our own. They do not reach a server that is adopted. */
  settings?: ServerSettings;
}

const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 10_000;
/** A server that ran this long did not crash because of how it was started. */
const STEADY_MS = 60_000;
const LOG_CHECK_MS = 60_000;
const STOP_PATIENCE_MS = 30_000;

/**
 * The PostgreSQL server of one data folder, kept running until {@link stop}. It outlives a gateway that is killed; the next start
 * takes it over. One instance per data folder: hold a `DataFolderLock`.
 */
export class EmbeddedPostgres {
  private readonly stopping = new AbortController();
  private readonly stopCalled = whenAborted(this.stopping.signal);
  private readonly launcher: ServerLauncher;
  private readonly logCheck: NodeJS.Timeout;
  private postmaster: Postmaster | undefined;
  private current: EmbeddedConnection | undefined;
  private supervision: Promise<void> = Promise.resolve();
  private ending: Promise<void> | undefined;

  private constructor(
    private readonly location: ClusterLocation,
    private readonly options: EmbeddedPostgresOptions,
    guest: boolean,
  ) {
    const settings = effectiveSettings(options.fsync ?? true, options.settings);
    this.launcher = new ServerLauncher(
      location,
      settings,
      options.fsync ?? true,
      {
        say: (type, message) => this.say(type, message),
        launched: (postmaster) => (this.postmaster = postmaster),
      },
      guest,
    );
    this.logCheck = setInterval(() => this.launcher.trimLog(), LOG_CHECK_MS).unref();
  }

  /**
   * Makes the cluster when there is none, starts its server or takes over the one that runs, and settles when it accepts
   * connections. Throws `EmbeddedPostgresError` with what to do when that cannot be.
   */
  static start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    return EmbeddedPostgres.bringUp(options, false);
  }

  /** Like {@link start}, beside a gateway that looks after the server: neither brings it back nor, by failing, ends it. */
  static join(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    return EmbeddedPostgres.bringUp(options, true);
  }

  private static async bringUp(options: EmbeddedPostgresOptions, guest: boolean): Promise<EmbeddedPostgres> {
    const server = new EmbeddedPostgres(locateCluster(options.home), options, guest);
    try {
      const { postmaster, connection } = await server.launcher.launch(server.stopping.signal);
      server.current = connection;
      server.say('ready', `The database server is ready (process ${postmaster.pid}).`);
      if (!guest) server.supervision = server.supervise(postmaster);
    } catch (error) {
      await (guest ? server.detach() : server.stop());
      throw error;
    }
    return server;
  }

  /** How to reach the server; stays the same over restarts. */
  get connection(): EmbeddedConnection {
    if (!this.current) throw new Error('The embedded database has not started');
    return this.current;
  }

  /** {@link connection} as a URL, password included. */
  get url(): string {
    return connectionUrl(this.connection);
  }

  /** The process id of the server; another one after a restart. */
  get pid(): number | undefined {
    return this.postmaster?.isRunning ? this.postmaster.pid : undefined;
  }

  /** Whether the server was running already when {@link start} was called. */
  get wasAdopted(): boolean {
    return this.postmaster?.adopted ?? false;
  }

  /** Ends the server with a fast shutdown (clients are disconnected, nothing committed is lost) and waits for it. */
  stop(): Promise<void> {
    this.ending ??= this.end(async () => {
      if (!this.postmaster?.isRunning) return;
      await this.postmaster.stop(STOP_PATIENCE_MS);
      this.say('stopped', 'The database server has stopped.');
    });
    return this.ending;
  }

  /** Leaves the server running and looks after it no longer. */
  detach(): Promise<void> {
    this.ending ??= this.end(() => this.postmaster?.forget());
    return this.ending;
  }

  private async end(part: () => Promise<void> | void): Promise<void> {
    this.stopping.abort();
    clearInterval(this.logCheck);
    await this.supervision;
    await part();
  }

  /** Waits until the server ends or is to be ended, and in the first case brings it back, however often that fails. */
  private async supervise(first: Postmaster): Promise<void> {
    let postmaster = first;
    let pause = 0;
    for (;;) {
      const readyAt = performance.now();
      const how = await Promise.race([postmaster.exited, this.stopCalled]);
      if (how === undefined) return;
      this.say('crashed', `The database server ${how} (process ${postmaster.pid}). Its log: ${this.location.logFile}`);
      if (performance.now() - readyAt > STEADY_MS) pause = 0;
      const server = await this.relaunch(pause);
      if (!server) return;
      this.current = server.connection;
      postmaster = server.postmaster;
      pause = longer(pause);
      this.say('restarted', `The database server is back (process ${postmaster.pid}).`);
    }
  }

  private async relaunch(firstPause: number): Promise<ReadyServer | undefined> {
    const { signal } = this.stopping;
    for (let pause = firstPause; ; pause = longer(pause)) {
      try {
        await delay(pause, undefined, { signal, ref: false });
        return await this.launcher.launch(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        this.say('restart-failed', `The database server could not be restarted: ${String(error)}`);
      }
    }
  }

  private say(type: EmbeddedPostgresEvent['type'], message: string): void {
    this.options.onEvent?.({ type, message });
  }
}

function longer(pause: number): number {
  return Math.min(LAST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, pause * 2));
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
