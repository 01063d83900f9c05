import { ChannelUnavailable, type Logger } from '@openclaw/core';
import { App, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt';
import { recordOf } from './message-event.js';
import { sdkLogger, withoutSecrets } from './sdk-logger.js';
import type { SlackApi } from './slack-api.js';

/** From asking for an address until Slack says hello. */
const HANDSHAKE_MS = 10_000;
/** A connection without an answer to its pings for so long is lost: that has to be known within five seconds. */
const PONG_MS = 3_000;

export interface SocketConnectionSetup {
  api: SlackApi;
  botToken: string;
  appToken: string;
  logger: Logger;
  /** Resolves when an event may be acknowledged; an event for which it rejects comes again. */
  take(body: unknown): Promise<void>;
}

/** Bolt's App acknowledges an event and then looks at it. Here it is the other way round: what is acknowledged is stored. */
class StoreThenAcknowledge extends App {
  constructor(
    private readonly take: SocketConnectionSetup['take'],
    options: ConstructorParameters<typeof App>[0],
  ) {
    super(options);
  }

  override async processEvent({ body, ack }: ReceiverEvent): Promise<void> {
    await this.take(body);
    await ack();
  }
}

/**
 * One connection in Slack's Socket Mode. Never opens another by itself: the SDK's own way of doing that ends the process when
 * a token was revoked meanwhile.
 */
export class SocketConnection {
  /** Resolves when another should take its place: Slack is about to end it, or it has ended. */
  readonly ending: Promise<void>;
  /** Resolves when it has ended. */
  readonly lost: Promise<void>;
  /** Resolves when it has ended and all that came through it was handed on or given up. */
  readonly settled: Promise<void>;
  private readonly receiver: SocketModeReceiver;
  private readonly underWay = new Set<Promise<void>>();
  private noteEnding: () => void = () => undefined;

  private constructor(private readonly setup: SocketConnectionSetup) {
    const { api, appToken, botToken } = setup;
    const logger = sdkLogger(setup.logger);
    this.receiver = new SocketModeReceiver({
      appToken,
      logger,
      autoReconnectEnabled: false,
      clientPingTimeout: PONG_MS,
      // Without these, the receiver's own client would ask slack.com, and again and again.
      installerOptions: { clientOptions: api.clientOptions },
      processEventErrorHandler: async ({ error }) => {
        setup.logger.warn('An event of Slack was not taken in; Slack will send it again', { error });
        return false;
      },
    });
    new StoreThenAcknowledge((body) => this.take(body), {
      token: botToken,
      receiver: this.receiver,
      clientOptions: api.clientOptions,
      logger,
      tokenVerificationEnabled: false,
      ignoreSelf: false,
      convoStore: false,
    });
    this.ending = new Promise((resolve) => (this.noteEnding = resolve));
    this.lost = new Promise((resolve) => this.receiver.client.once('disconnected', () => resolve()));
    void this.lost.then(() => {
      this.noteEnding();
      // One that breaks while it is being closed leaves a timer of the SDK's behind.
      this.close();
    });
    this.settled = this.lost.then(async () => {
      await Promise.allSettled(this.underWay);
    });
    this.guardReader();
  }

  /** Resolves when Slack has said hello. Throws `SlackRefusal`, `ChannelUnavailable`, or the signal's reason. */
  static async open(setup: SocketConnectionSetup, signal: AbortSignal): Promise<SocketConnection> {
    const connection = new SocketConnection(setup);
    const deadline = AbortSignal.timeout(HANDSHAKE_MS);
    const either = AbortSignal.any([signal, deadline]);
    const giveUp = () => connection.close();
    either.addEventListener('abort', giveUp);
    // The address may have come in the moment in which it was given up.
    connection.receiver.client.once('connecting', () => either.throwIfAborted());
    try {
      await setup.api.within(either, () => connection.receiver.start());
      return connection;
    } catch (error) {
      connection.close();
      signal.throwIfAborted();
      if (deadline.aborted) throw new ChannelUnavailable('Slack did not say hello in time', { cause: error });
      throw error;
    } finally {
      either.removeEventListener('abort', giveUp);
    }
  }

  /** At once: nothing more comes through, and what was not acknowledged comes again through another connection. */
  close(): void {
    // The first call asks Slack to close and would wait for it, for up to 30 s; the second takes the socket and the timers away.
    for (let time = 0; time < 2; time++) void this.receiver.client.disconnect();
  }

  private async take(body: unknown): Promise<void> {
    const work = this.setup.take(body);
    this.underWay.add(work);
    try {
      await work;
    } finally {
      this.underWay.delete(work);
    }
  }

  /**
   * Between the socket and the SDK's reader. The reader rejects in a listener, which ends the process, when a message is not as
   * it expects (`app_rate_limited` is one), and hangs up at once when Slack announces that it is going to.
   */
  private guardReader(): void {
    const { client } = this.receiver;
    const [read] = client.listeners('ws_message') as ((data: unknown, isBinary: unknown) => Promise<void>)[];
    client.removeAllListeners('ws_message');
    client.on('ws_message', (data: unknown, isBinary: unknown) => {
      if (isFarewell(data)) return this.noteEnding();
      read?.(data, isBinary).catch((error: unknown) =>
        this.setup.logger.debug(`A message of Slack was not understood: ${withoutSecrets(String(error))}`),
      );
    });
  }
}

/** Slack ends each connection now and then, and says so some seconds before: events still come, and may be acknowledged. */
function isFarewell(data: unknown): boolean {
  if (typeof data !== 'string' || !data.includes('"disconnect"')) return false;
  try {
    return recordOf(JSON.parse(data)).type === 'disconnect';
  } catch {
    // The reader will find out as well.
    return false;
  }
}
