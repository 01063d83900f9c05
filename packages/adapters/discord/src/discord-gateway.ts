import { setTimeout as pauseFor } from 'node:timers/promises';
import {
  DefaultWebSocketManagerOptions,
  type SessionInfo,
  WebSocketShard,
  type WebSocketShardDestroyOptions,
  WebSocketShardDestroyRecovery,
  WebSocketShardEvents,
  WebSocketShardStatus,
} from '@discordjs/ws';
import {
  type APIGatewayBotInfo,
  type APIUser,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
  type GatewayMessageCreateDispatchData,
} from 'discord-api-types/v10';
import { Pulse, PULSE_TIMING, type PulseTiming } from './pulse.js';

export interface GatewayListener {
  /** A new session begins (`self` is the bot), or the one before goes on. */
  connected(self: APIUser | undefined): void;
  /** The connection has lasted for some time. */
  steady(): void;
  /** Discord does not answer any more. */
  quiet(): void;
  /** It does again. */
  lively(): void;
  /** `sequence` is the place in the session. */
  message(message: GatewayMessageCreateDispatchData, sequence: number): void;
}

/** Why a connection ended. */
export interface GatewayEnd {
  /** WebSocket's, or Discord's (4xxx). */
  code: number;
  /** Of the network, such as `ECONNREFUSED`. */
  failure?: string;
}

export interface GatewayTiming {
  /** Between two sessions that are begun, in ms: Discord allows one in five seconds. */
  identifyGapMs: number;
  /** How long Discord may take to close a connection, in ms. */
  closeMs: number;
  pulse: PulseTiming;
}

export const GATEWAY_TIMING: GatewayTiming = { identifyGapMs: 5_000, closeMs: 1_000, pulse: PULSE_TIMING };

const INTENTS = GatewayIntentBits.GuildMessages | GatewayIntentBits.DirectMessages | GatewayIntentBits.MessageContent;

/** Closed with another code than 1000, a session can be resumed. The library uses it for that. */
export const RESUMABLE_CLOSE = 4_200;

/** A connection that has lasted for so long was a good one, in ms. */
const STEADY_MS = 10_000;

/** After these the session can't be resumed. */
const SESSION_OVER = new Set<number>([1_000, 1_001, GatewayCloseCodes.InvalidSeq, GatewayCloseCodes.SessionTimedOut]);

/** A shard that does not connect again by itself. */
class OneConnection extends WebSocketShard {
  constructor(
    strategy: ConstructorParameters<typeof WebSocketShard>[0],
    private readonly ends: (code: number) => void,
  ) {
    super(strategy, 0);
  }

  /** All ways of the library to another connection lead through here, those from one that is dead too. */
  override destroy({ recover, ...options }: WebSocketShardDestroyOptions = {}): Promise<void> {
    const code = options.code ?? (recover === WebSocketShardDestroyRecovery.Resume ? RESUMABLE_CLOSE : 1_000);
    this.ends(code);
    return super.destroy({ ...options, code });
  }
}

/**
 * The bot's connection to Discord's gateway, one at a time. The protocol (hello, identify, resume, heartbeats) is the library's; when to connect again is
 * not: it would, after half a second, for ever, and give up its session after any failure of the network.
 */
export class DiscordGateway {
  /** Kept over connections, so that what was said in between is told afterwards. */
  private session: SessionInfo | null = null;
  private identifiedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly settings: { token: string; gatewayUrl?: string },
    private readonly timing: GatewayTiming = GATEWAY_TIMING,
  ) {}

  /** Has Discord tell again, with the next connection, what came after this place. */
  rewind(sequence: number): void {
    if (this.session && this.session.sequence > sequence) this.session = { ...this.session, sequence };
  }

  /** One connection, from its opening to its end. When `signal` is aborted, it is closed such that the session can be resumed. */
  async run(information: APIGatewayBotInfo, listener: GatewayListener, signal: AbortSignal): Promise<GatewayEnd> {
    const { promise, resolve } = Promise.withResolvers<GatewayEnd>();
    let over = false;
    let failure: string | undefined;
    const end = (code: number) => {
      // What comes first counts: the library tells the end once more when all is closed.
      if (over) return;
      over = true;
      // Before Discord has greeted, the code says nothing of the session: the library has waited long enough.
      if (SESSION_OVER.has(code) && shard.status !== WebSocketShardStatus.Connecting) this.session = null;
      resolve({ code, ...(failure !== undefined && { failure }) });
    };
    const abort = () => end(RESUMABLE_CLOSE);
    const shard: WebSocketShard = new OneConnection(
      {
        options: this.options(information),
        retrieveSessionInfo: () => this.session,
        updateSessionInfo: (_, session) => {
          // It gives the session up with every connection that does not come about.
          if (session && !over) this.session = { ...session, resumeURL: this.resumeUrl(session, information) };
        },
        waitForIdentify: (_, closed) => this.waitForIdentify(closed),
      },
      end,
    );
    shard.on(WebSocketShardEvents.Closed, end);
    shard.on(WebSocketShardEvents.SocketError, (error) => {
      const { code } = error as { code?: unknown };
      failure = typeof code === 'string' ? code : error.message;
    });
    // Told by its close code as well; without a listener it would be thrown.
    shard.on(WebSocketShardEvents.Error, () => undefined);
    let pulse: Pulse | undefined;
    let connectedAt = Number.POSITIVE_INFINITY;
    const connected = (self?: APIUser) => {
      connectedAt = performance.now();
      pulse ??= this.pulseOf(shard, listener, () => {
        failure = 'NO_ANSWER';
        end(RESUMABLE_CLOSE);
      });
      listener.connected(self);
    };
    shard.on(WebSocketShardEvents.Ready, ({ user }) => connected(user));
    shard.on(WebSocketShardEvents.Resumed, () => connected());
    shard.on(WebSocketShardEvents.HeartbeatComplete, () => {
      pulse?.heard();
      if (performance.now() - connectedAt > STEADY_MS) listener.steady();
    });
    shard.on(WebSocketShardEvents.Dispatch, (payload) => {
      pulse?.heard();
      if (payload.t === GatewayDispatchEvents.MessageCreate) listener.message(payload.d, payload.s);
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    // How it fares is told by its events.
    else shard.connect().catch(() => undefined);
    try {
      return await promise;
    } finally {
      pulse?.stop();
      signal.removeEventListener('abort', abort);
      await this.tearDown(shard);
    }
  }

  private pulseOf(shard: WebSocketShard, listener: GatewayListener, lost: () => void): Pulse {
    return new Pulse(this.timing.pulse, {
      // Not counted by the library's own bookkeeping of heartbeats, which goes on beside this.
      ask: () =>
        void shard.send({ op: GatewayOpcodes.Heartbeat, d: this.session?.sequence ?? null }).catch(() => undefined),
      quiet: () => listener.quiet(),
      lively: () => listener.lively(),
      lost,
    });
  }

  private options(information: APIGatewayBotInfo): ConstructorParameters<typeof WebSocketShard>[0]['options'] {
    const { gatewayUrl, token } = this.settings;
    return {
      ...DefaultWebSocketManagerOptions,
      compression: null,
      token,
      intents: INTENTS,
      shardCount: 1,
      gatewayInformation: { ...information, url: gatewayUrl ?? information.url },
      handshakeTimeout: 10_000,
      helloTimeout: 15_000,
      readyTimeout: 15_000,
    };
  }

  private resumeUrl(session: SessionInfo, information: APIGatewayBotInfo): string {
    if (this.settings.gatewayUrl !== undefined) return this.settings.gatewayUrl;
    return /^wss?:$/.test(URL.parse(session.resumeURL)?.protocol ?? '') ? session.resumeURL : information.url;
  }

  private async waitForIdentify(closed: AbortSignal): Promise<void> {
    const rest = this.identifiedAt + this.timing.identifyGapMs - performance.now();
    if (rest > 0) await pauseFor(rest, undefined, { signal: closed });
    this.identifiedAt = performance.now();
  }

  /** The library leaves a connection open that is still being made, and waits half a minute for one that does not answer. */
  private async tearDown(shard: WebSocketShard): Promise<void> {
    const connection = Reflect.get(shard, 'connection') as { onerror: unknown; terminate(): void } | null;
    const patience = setTimeout(() => connection?.terminate(), this.timing.closeMs);
    await shard.destroy({ code: RESUMABLE_CLOSE });
    clearTimeout(patience);
    if (!connection) return;
    connection.onerror = () => undefined;
    connection.terminate();
  }
}
