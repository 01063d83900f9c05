import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { type PostgresBinaries, locatePackage, prepareBinaries } from './binaries.js';
import { type ClusterLocation, prepareSocketFolder } from './cluster-location.js';
import { DATABASE, type EmbeddedConnection, SUPERUSER } from './connection.js';
import { EmbeddedPostgresError, hasCode } from './errors.js';
import { clusterExists, initialiseCluster, readPassword } from './initialise-cluster.js';
import { Postmaster } from './postmaster.js';
import { clearRemains, livePostmaster } from './postmaster-file.js';
import { ServerLog } from './server-log.js';
import { type ServerSettings, serverArguments } from './server-settings.js';

/** A server that accepts connections. */
export interface ReadyServer {
  postmaster: Postmaster;
  connection: EmbeddedConnection;
}

/** What becomes known on the way to a ready server. */
export interface LaunchObserver {
  say(type: 'initialising' | 'starting' | 'adopted', message: string): void;
  /** The process, before it is ready: whoever gives up on it knows whom to stop. */
  launched(postmaster: Postmaster): void;
}

const READY_CHECK_MS = 10;
const ADOPTION_PATIENCE_MS = 10_000;
const STOP_PATIENCE_MS = 30_000;
const ATTEMPTS = 25;
const RETRY_MS = 200;

/** SQL states of a server on its way up or down. */
const NOT_NOW = ['57P03', '57P01', '57P02'];
/** SQL state of a server that is well, and whose connections are all taken. */
const TOO_MANY_CONNECTIONS = '53300';
/** What a server says that could not start because another one is just ending or just starting. */
const PASSING =
  /pre-existing shared memory block|lock file ".*" already exists|could not bind|another server might be running/i;

/** Brings up the server of one cluster, or takes over the one that runs. */
export class ServerLauncher {
  private readonly log: ServerLog;
  private programs: PostgresBinaries | undefined;

  constructor(
    private readonly location: ClusterLocation,
    private readonly settings: ServerSettings,
    private readonly durable: boolean,
    private readonly observer: LaunchObserver,
    /** Whether somebody else looks after the server, so that it is not ours to end. */
    private readonly guest: boolean,
  ) {
    this.log = new ServerLog(location.logFile);
  }

  /**
   * Settles when the server accepts connections. Recovery after a crash may take its time, and is waited for.
   * Throws {@link EmbeddedPostgresError} with the server's own words when it does not start, and the signal's reason when aborted.
   */
  async launch(signal: AbortSignal): Promise<ReadyServer> {
    let last: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return (await this.adopt(signal)) ?? (await this.start(signal));
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        last = error.cause;
        await delay(RETRY_MS, undefined, { signal });
      }
    }
    throw last;
  }

  /** Keeps the log of a running server in bounds. */
  trimLog(): void {
    this.log.trim();
  }

  private async adopt(signal: AbortSignal): Promise<ReadyServer | undefined> {
    if (!clusterExists(this.location)) return undefined;
    const running = livePostmaster(this.location.data);
    if (!running) return undefined;
    const postmaster = Postmaster.adopt(this.location.data, running.pid);
    this.observer.launched(postmaster);
    const connection = await this.untilReady(postmaster, signal, ADOPTION_PATIENCE_MS);
    if (connection) {
      this.observer.say('adopted', `Took over the database server that was already running (process ${running.pid}).`);
      return { postmaster, connection };
    }
    if (this.guest && postmaster.isRunning) {
      postmaster.forget();
      throw new EmbeddedPostgresError(`The database server (process ${running.pid}) runs but lets nobody in.`);
    }
    // It may have lost its socket, to a cleaner of /tmp for one.
    await postmaster.stop(STOP_PATIENCE_MS);
    return undefined;
  }

  private async start(signal: AbortSignal): Promise<ReadyServer> {
    const { location } = this;
    this.programs ??= prepareBinaries(locatePackage(), location.base, location.user);
    if (!clusterExists(location)) {
      this.observer.say('initialising', `Making a new database in ${location.data}.`);
      await initialiseCluster(location, this.programs.initdb, this.durable);
    }
    const socketName = `.s.PGSQL.${this.settings.port}`;
    const socketFolder = prepareSocketFolder(location, socketName);
    await clearRemains(location.data, socketFolder, socketName);
    signal.throwIfAborted();
    this.observer.say('starting', `Starting PostgreSQL on ${location.data}.`);
    const logged = this.log.size();
    const args = serverArguments(location.data, socketFolder, this.settings);
    const postmaster = await Postmaster.launch(this.programs.postgres, args, location.user, this.log);
    this.observer.launched(postmaster);
    const connection = await this.untilReady(postmaster, signal);
    if (connection) return { postmaster, connection };
    throw this.failure(await postmaster.exited, logged);
  }

  private failure(how: string, logged: number): Error {
    const said = this.log.tail(logged);
    const failure = new EmbeddedPostgresError(
      `PostgreSQL did not start (${how}). Its log, ${this.location.logFile}, ends:\n${said}`,
    );
    return PASSING.test(said) ? new TryAgain('The server could not start yet', { cause: failure }) : failure;
  }

  /**
   * The connection once the server accepts it; undefined when the process ended first, or did not let us in for as long as patience
   * lasts. Start-up, which may be a long recovery, does not count.
   */
  private async untilReady(
    postmaster: Postmaster,
    signal: AbortSignal,
    patienceMs = Infinity,
  ): Promise<EmbeddedConnection | undefined> {
    let startedUp = performance.now();
    while (postmaster.isRunning && performance.now() - startedUp < patienceMs) {
      const file = livePostmaster(this.location.data);
      if (file?.status === 'starting') startedUp = performance.now();
      if (file?.pid === postmaster.pid && file.status === 'ready') {
        const connection = this.connectionTo(file);
        if (await accepts(connection)) return connection;
      }
      await delay(READY_CHECK_MS, undefined, { signal });
    }
    return undefined;
  }

  private connectionTo(file: { port: number; socketFolder: string }): EmbeddedConnection {
    const password = readPassword(this.location);
    return { host: file.socketFolder, port: file.port, user: SUPERUSER, password, database: DATABASE };
  }
}

/** The attempt failed for a reason that passes. */
class TryAgain extends Error {}

async function accepts(connection: EmbeddedConnection): Promise<boolean> {
  const client = new Client(connection);
  // A server that ends under the connection reports it here as well as to the query.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch (error) {
    if (error instanceof DatabaseError) {
      if (NOT_NOW.includes(error.code ?? '')) return false;
      if (error.code === TOO_MANY_CONNECTIONS) return true;
      throw new EmbeddedPostgresError(`The embedded database refuses its own gateway: ${error.message}.`, {
        cause: error,
      });
    }
    if (hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE') || isCutOff(error)) return false;
    throw error;
  } finally {
    await client.end();
  }
}

function isCutOff(error: unknown): boolean {
  return types.isNativeError(error) && /Connection terminated/.test(error.message);
}
