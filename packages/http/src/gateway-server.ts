import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Request, Response } from 'express';
import { createApp } from './app.js';
import { ClientErrors } from './client-error.js';
import type { HttpDeps } from './http-deps.js';
import { http } from './node-http.js';
import { GatewaySockets } from './ws/gateway-sockets.js';
import { asksForSocket } from './ws/upgrade.js';

export interface GatewayServer {
  /** To be told to listen. */
  server: Server;
  /** How many WebSocket connections are open. */
  openSockets(): number;
  /** Sends WebSocket clients elsewhere, those with a running answer when they have it. To be called when the drain begins. */
  retireSockets(): void;
  /**
   * Takes no new connections, ends the idle ones at once and waits for the running responses; what is not done after `graceMs` is cut
   * off. Resolves when every connection is closed.
   */
  close(graceMs: number): Promise<void>;
}

/** How often slow requests are looked for, and idle connections while closing. */
const CHECK_MS = 1_000;
const SWEEP_MS = 100;

/**
 * A class of Node's whose objects have another prototype from the start. Express gives each request and response its own, and to change an
 * object's prototype is dear; one that it has already stays as it is.
 */
function madeWith<Class extends typeof IncomingMessage | typeof ServerResponse>(Base: Class, prototype: object): Class {
  const like = function () {};
  like.prototype = prototype;
  return new Proxy(Base, { construct: (Target, args) => Reflect.construct(Target, args, like) as object });
}

export function createGatewayServer(deps: HttpDeps): GatewayServer {
  const { limits } = deps.settings();
  const sockets = new Set<Socket>();
  const inFlight = new WeakMap<Socket, Response>();
  let closing = false;

  const app = createApp(deps, () => closing);
  // Their prototypes are Express's from the start: see `madeWith`.
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    inFlight.set(req.socket, res as Response);
    app.handle(req as Request, res as Response);
  };
  const server = http.createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // Node would answer with an empty body; ours says what is wrong.
      requireHostHeader: false,
      shouldUpgradeCallback: asksForSocket,
      IncomingMessage: madeWith(http.IncomingMessage, app.request),
      ServerResponse: madeWith(http.ServerResponse, app.response),
    },
    answer,
  );
  const webSockets = new GatewaySockets(deps);
  server.on('upgrade', (req, socket, head) => webSockets.upgrade(req, socket as Socket, head));
  // An expectation that nobody knows is no reason to refuse a request.
  server.on('checkExpectation', answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const clientErrors = new ClientErrors(
    (socket) => {
      const res = inFlight.get(socket);
      return res?.closed ? undefined : res;
    },
    (connection) => server.emit('connection', connection),
  );
  server.on('clientError', (error, socket) => clientErrors.answer(error, socket as Socket));

  /** `closeIdleConnections` leaves those alone that have never sent a byte. */
  function sweep(): void {
    server.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  async function close(graceMs: number): Promise<void> {
    closing = true;
    for (const socket of sockets) {
      const res = inFlight.get(socket);
      if (res && !res.headersSent) res.setHeader('Connection', 'close');
    }
    webSockets.close();
    const sweeper = setInterval(sweep, SWEEP_MS);
    const cutOff = setTimeout(() => {
      webSockets.cutOff();
      server.closeAllConnections();
    }, graceMs);
    try {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        sweep();
      });
    } finally {
      clearInterval(sweeper);
      clearTimeout(cutOff);
    }
  }

  return { server, close, openSockets: () => webSockets.size, retireSockets: () => webSockets.retire() };
}
