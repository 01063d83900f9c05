import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  Forbidden,
  InvalidInput,
  type Logger,
  newId,
  type Principal,
  Unauthorized,
  Unavailable,
  withRequestId,
} from '@openclaw/core';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HttpDeps } from '../http-deps.js';
import { isAllowed, refuseAddress, requireOwnName } from '../middleware/allow-address.js';
import { bearer, identify } from '../middleware/authorize.js';
import { clientAddress, guesserOf } from '../middleware/client-address.js';
import { requestIdOf } from '../middleware/request-id.js';
import { SocketSender } from './socket-sender.js';
import { type SocketCaller, type SocketOrigin, SocketSession } from './socket-session.js';
import type { SocketSettings } from './socket-settings.js';
import { mayConnect, refuseUpgrade } from './upgrade.js';

/** How many tokens are checked at once. */
const CHECKS_AT_ONCE = 8;

/** All WebSocket connections of one gateway. */
export class GatewaySockets {
  private readonly server: WebSocketServer;
  private readonly requestIds = new WeakMap<IncomingMessage, string>();
  private readonly sessions = new Set<SocketSession>();
  private readonly settings: SocketSettings;
  private readonly logger: Logger;
  private timers: NodeJS.Timeout[] = [];
  private checking = false;
  private retired = false;

  constructor(private readonly deps: HttpDeps) {
    this.settings = deps.settings().sockets;
    this.logger = deps.logger.child({ component: 'gateway' });
    this.server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: this.settings.maxFrameBytes,
    });
    this.server.on('headers', (headers, req) => headers.push(`X-Request-Id: ${this.requestIds.get(req)}`));
    // The library would answer in words of its own.
    this.server.on('wsClientError', (error, socket, req) => {
      refuseUpgrade(socket, new InvalidInput(error.message), this.requestIds.get(req) ?? newId('req'));
    });
  }

  get size(): number {
    return this.sessions.size;
  }

  /** Takes an upgrade for which `asksForSocket` has said yes. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const requestId = requestIdOf(req);
    this.requestIds.set(req, requestId);
    const { trustedProxies } = this.deps.settings();
    const forwarded = req.headers['x-forwarded-for']?.toString();
    const address = clientAddress(socket.remoteAddress ?? '', forwarded, trustedProxies);
    const drop = () => socket.destroy();
    socket.on('error', drop);
    void withRequestId(requestId, async () => {
      try {
        const caller = await this.admit(req, address);
        if (this.retired) throw new Unavailable('The gateway is shutting down; try again in a moment');
        socket.off('error', drop);
        this.server.handleUpgrade(req, socket, head, (ws) =>
          this.open(
            ws,
            socket,
            { address, guesser: guesserOf(req, address), requestId, startedAt: performance.now() },
            caller,
          ),
        );
      } catch (error) {
        const status = refuseUpgrade(socket, error, requestId);
        this.logger.info('socket refused', { status, address });
      }
    });
  }

  /** Takes no new connections; those without a running message are told to go elsewhere now, the others when they have their answers. */
  retire(): void {
    this.retired = true;
    for (const session of this.sessions) session.retire(false);
  }

  /** Closes what is left. */
  close(): void {
    this.retired = true;
    for (const session of this.sessions) session.retire(true);
  }

  cutOff(): void {
    for (const session of this.sessions) session.cutOff();
  }

  /** Whom the request itself names. Throws `Unauthorized` for a wrong token, `Forbidden` for an address or a page that may not connect. */
  private async admit(req: IncomingMessage, address: string): Promise<SocketCaller | undefined> {
    const settings = this.deps.settings();
    if (!isAllowed(address, settings)) refuseAddress(address);
    requireOwnName(req.headers.host, settings);
    const secret = bearer(req.headers.authorization);
    let principal: Principal | undefined;
    try {
      principal = await identify(secret, () => guesserOf(req, address), this.deps);
    } catch (error) {
      if (secret !== undefined || !(error instanceof Unauthorized)) throw error;
    }
    if (!mayConnect(req, settings.cors, principal?.kind !== 'anonymous')) {
      throw new Forbidden('Pages of this origin may not connect; see api.security.cors.origins');
    }
    return principal && { principal, secret };
  }

  private open(ws: WebSocket, socket: Socket, origin: SocketOrigin, caller: SocketCaller | undefined): void {
    const sender = new SocketSender(ws, socket, this.settings);
    const session = new SocketSession(this.deps, this.settings, sender, ws, origin, this.logger, caller);
    this.sessions.add(session);
    this.watch();
    ws.on('message', (data: Buffer, isBinary: boolean) => session.receive(data, isBinary));
    ws.on('pong', () => {
      session.heard = true;
    });
    // What breaks the protocol; the library closes the socket, and 'close' follows.
    ws.on('error', (error) => session.logger.debug('socket failed', { error }));
    ws.on('close', (code) => {
      this.sessions.delete(session);
      if (this.sessions.size === 0) this.rest();
      session.closed();
      session.logger.info('socket', {
        code,
        ms: Math.round(performance.now() - session.origin.startedAt),
        messages: session.messageCount,
        token_name: session.caller?.principal.name,
        tenant: session.caller?.principal.tenant,
      });
    });
  }

  private watch(): void {
    if (this.timers.length > 0) return;
    this.timers = [
      setInterval(() => this.pingAll(), this.settings.pingMs),
      setInterval(() => void this.checkTokens(), this.settings.recheckMs),
    ];
  }

  private rest(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
  }

  private pingAll(): void {
    for (const session of this.sessions) {
      if (session.heard) session.ping();
      else session.cutOff();
    }
  }

  /** Every token once, however many sockets it has opened. */
  private async checkTokens(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    const found = new Map<string | undefined, Principal | undefined | 'unknown'>();
    for (const { caller } of this.sessions) if (caller) found.set(caller.secret, 'unknown');
    const rest = [...found.keys()].values();
    const check = async () => {
      for (const secret of rest) found.set(secret, await this.principalOf(secret));
    };
    await Promise.all(Array.from({ length: Math.min(CHECKS_AT_ONCE, found.size) }, check));
    for (const session of this.sessions) {
      if (!session.caller || !found.has(session.caller.secret)) continue;
      const principal = found.get(session.caller.secret);
      if (principal !== 'unknown' && principal !== session.caller.principal) session.checked(principal);
    }
    this.checking = false;
  }

  /** `unknown` while the database is away: nobody is thrown out for that. */
  private async principalOf(secret: string | undefined): Promise<Principal | undefined | 'unknown'> {
    try {
      return await this.deps.authenticate.execute(secret);
    } catch (error) {
      if (error instanceof Unauthorized) return undefined;
      if (!(error instanceof Unavailable)) this.logger.error('a token could not be checked', { error });
      return 'unknown';
    }
  }
}
