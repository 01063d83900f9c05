import {
  type DtoClass,
  SOCKET_REQUESTS,
  SocketAuthRequest,
  SocketCancelRequest,
  SocketMessageRequest,
  type SocketReference,
  type SocketRequestType,
  SocketSubscriptionRequest,
  decode,
} from '@openclaw/contracts';
import {
  Forbidden,
  InvalidInput,
  type Logger,
  type Principal,
  RateLimited,
  Unauthorized,
  requireScope,
} from '@openclaw/core';
import { identify } from '../middleware/authorize.js';
import { validOrThrow } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import { type JsonObject, parseJsonObject } from '../body/parse-json.js';
import { errorFrame } from './socket-frames.js';
import { SocketMessages } from './socket-messages.js';
import type { SocketSender } from './socket-sender.js';
import { CLOSE, type SocketSettings } from './socket-settings.js';
import { SocketSubscriptions } from './socket-subscriptions.js';

/** Who calls, and by which secret; undefined where authentication is off. */
export interface SocketCaller {
  principal: Principal;
  secret: string | undefined;
}

export interface SocketOrigin {
  address: string;
  /** Against whom wrong secrets are counted. */
  guesser: string;
  /** Of the upgrade. */
  requestId: string;
  /** As `performance.now()` gives it. */
  startedAt: number;
}

const MINUTE_MS = 60_000;
/** Frames that wait for the ones before them; beyond, no more are read. */
const MOST_PENDING = 64;

/** One WebSocket connection, from its upgrade to its end. */
export class SocketSession {
  /** Heard of since the last look. */
  heard = true;
  // Made when they are needed: most sockets are idle, and there may be many.
  private messages: SocketMessages | undefined;
  private subscriptions: SocketSubscriptions | undefined;
  private authTimer: NodeJS.Timeout | undefined;
  private last: Promise<void> | undefined;
  private pending = 0;
  private badFrames = 0;
  private badSince = 0;
  private leaving = false;

  constructor(
    private readonly deps: HttpDeps,
    private readonly settings: SocketSettings,
    private readonly sender: SocketSender,
    /** Stops and goes on reading. */
    private readonly flow: { pause(): void; resume(): void },
    readonly origin: SocketOrigin,
    private readonly parent: Logger,
    /** Undefined until the client has said who it is. */
    public caller: SocketCaller | undefined,
  ) {
    if (!caller) this.authTimer = setTimeout(() => this.notAuthenticated(), settings.authTimeoutMs);
  }

  /** Names this connection in each line. */
  get logger(): Logger {
    return this.parent.child({ address: this.origin.address, socket: this.origin.requestId });
  }

  get messageCount(): number {
    return this.messages?.count ?? 0;
  }

  /** Frames are looked at one after another; only the answers to messages take their time beside each other. */
  receive(data: Buffer, isBinary: boolean): void {
    this.heard = true;
    this.pending++;
    if (this.pending >= MOST_PENDING) this.flow.pause();
    this.last = this.inTurn(this.last, data, isBinary);
  }

  ping(): void {
    this.heard = false;
    this.sender.ping();
  }

  cutOff(): void {
    this.sender.cutOff();
  }

  /** What the token opens now; undefined when it opens nothing any more. */
  checked(principal: Principal | undefined): void {
    if (!this.caller) return;
    if (!principal || principal.tenant !== this.caller.principal.tenant) return this.refuse(new Unauthorized());
    this.caller.principal = principal;
    if (!mayRead(principal)) this.subscriptions?.revoke();
  }

  /** The gateway stops: closes when the last answer is whole, or at once if `now`. */
  retire(now: boolean): void {
    this.leaving = true;
    if (now) this.sender.close(CLOSE.restart, 'the gateway is restarting');
    else this.leaveIfIdle();
  }

  /** The connection is gone. */
  closed(): void {
    clearTimeout(this.authTimer);
    this.sender.ended();
    this.subscriptions?.end();
    this.messages?.abort();
  }

  private async inTurn(before: Promise<void> | undefined, data: Buffer, isBinary: boolean): Promise<void> {
    await before;
    await this.handle(data, isBinary);
    this.pending--;
    if (this.pending === MOST_PENDING - 1) this.flow.resume();
    if (this.pending === 0) this.last = undefined;
  }

  private async handle(data: Buffer, isBinary: boolean): Promise<void> {
    if (!this.sender.open) return;
    let frame: JsonObject = {};
    try {
      if (isBinary) throw new InvalidInput('Frames are text: a JSON object each; this one is binary');
      frame = parseJsonObject(data, 'frame');
      await this.obey(frame);
    } catch (error) {
      this.complain(error, frame);
    }
  }

  private async obey(frame: JsonObject): Promise<void> {
    const type = typeOf(frame);
    if (type === 'ping') return this.sender.send({ type: 'pong' });
    if (type === 'auth') return this.logIn(request(SocketAuthRequest, frame).token);
    const { caller } = this;
    if (!caller) throw new Unauthorized('Send {"type":"auth","token":"…"} first');
    const { tenant } = caller.principal;
    switch (type) {
      case 'message':
        await this.deps.limiter.take(caller.principal);
        requireScope(caller.principal, 'chat');
        return this.talk().start(request(SocketMessageRequest, frame), caller.principal);
      case 'cancel':
        requireScope(caller.principal, 'chat');
        return this.cancel(request(SocketCancelRequest, frame).id, tenant);
      case 'subscribe': {
        requireScope(caller.principal, 'read');
        const events = await this.listen().add(request(SocketSubscriptionRequest, frame).events, tenant);
        return this.sender.send({ type: 'subscribed', events });
      }
      case 'unsubscribe': {
        const events = this.listen().remove(request(SocketSubscriptionRequest, frame).events);
        return this.sender.send({ type: 'subscribed', events });
      }
    }
  }

  private talk(): SocketMessages {
    return (this.messages ??= new SocketMessages(this.deps, this.sender, this.logger, this.settings.maxMessages, () =>
      this.leaveIfIdle(),
    ));
  }

  private listen(): SocketSubscriptions {
    return (this.subscriptions ??= new SocketSubscriptions(this.deps.events, this.sender));
  }

  private async cancel(id: SocketReference, tenant: string): Promise<void> {
    await this.talk().cancel(id, tenant);
    this.sender.send({ type: 'cancelling', id });
  }

  private async logIn(secret: string): Promise<void> {
    const principal = await identify(secret, () => this.origin.guesser, this.deps);
    if (this.caller && this.caller.principal.tenant !== principal.tenant) {
      throw new Forbidden('This socket belongs to another tenant already; open another one');
    }
    clearTimeout(this.authTimer);
    this.authTimer = undefined;
    this.caller = { principal, secret };
    if (!mayRead(principal)) this.subscriptions?.revoke();
    this.sender.send({ type: 'auth_success' });
  }

  private complain(error: unknown, frame: JsonObject): void {
    const guessed = error instanceof Unauthorized || error instanceof RateLimited;
    if (guessed && frame.type === 'auth') return this.refuse(error);
    const { id } = frame;
    const reference = typeof id === 'string' || typeof id === 'number' ? id : undefined;
    this.sender.send(errorFrame(error, reference));
    if (!(error instanceof InvalidInput)) return;
    const now = Date.now();
    if (now - this.badSince > MINUTE_MS) {
      this.badSince = now;
      this.badFrames = 0;
    }
    if (++this.badFrames > this.settings.maxBadFrames) this.sender.close(CLOSE.policy, 'too many bad frames');
  }

  private refuse(error: Unauthorized | RateLimited): void {
    this.sender.send(errorFrame(error, undefined));
    this.sender.close(CLOSE.unauthorized, 'unauthorized');
    this.messages?.abort();
  }

  private notAuthenticated(): void {
    this.sender.send(errorFrame(new Unauthorized('No token came in time'), undefined));
    this.sender.close(CLOSE.authTimeout, 'authentication timed out');
  }

  private leaveIfIdle(): void {
    if (this.leaving && !this.messages?.size) this.sender.close(CLOSE.restart, 'the gateway is restarting');
  }
}

function typeOf({ type }: JsonObject): SocketRequestType {
  const known = SOCKET_REQUESTS.find((name) => name === type);
  if (known) return known;
  throw InvalidInput.field('type', `type must be one of ${SOCKET_REQUESTS.join(', ')}`);
}

function request<T extends object>(Dto: DtoClass<T>, { type: _type, ...members }: JsonObject): T {
  return validOrThrow(decode(Dto, members));
}

function mayRead({ scopes }: Principal): boolean {
  return scopes.includes('read') || scopes.includes('admin');
}
