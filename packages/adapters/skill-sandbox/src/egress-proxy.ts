import { lookup } from 'node:dns/promises';
import { chmod, mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { addressKind } from '@openclaw/core';
import { isAllowedHost } from './allowed-hosts.js';
import { EGRESS_SOCKET } from './launch.js';

/** Not by `import`, which reads all that `node:http` has to offer, and so has Node load its own fetch, which nobody uses. */
const { createServer, request } = process.getBuiltinModule('node:http');

export interface EgressRules {
  allowedHosts: readonly string[];
  allowPrivateNetworks: boolean;
}

const CONNECT_MS = 10_000;
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'proxy-authorization',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
]);

/**
 * An HTTP proxy on a socket in a folder of its own, which is all that a skill sees of the network. It connects to the hosts of the rules only,
 * and of their addresses only to public ones, or private ones too where the rules open those: looked up here, once, and connected to as looked
 * up, so that a name that changes its mind gets nobody anywhere.
 */
export class EgressProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();

  private constructor(
    readonly folder: string,
    private readonly rules: () => EgressRules,
  ) {
    this.server = createServer((req, res) => void this.forward(req, res));
    this.server.on('connect', (req, client, head) => void this.tunnel(req, client, head));
    this.server.on('connection', (socket) => this.track(socket));
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async open(folder: string, rules: () => EgressRules): Promise<EgressProxy> {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const proxy = new EgressProxy(folder, rules);
    const socket = join(folder, EGRESS_SOCKET);
    await new Promise<void>((resolve, reject) => proxy.server.once('error', reject).listen(socket, resolve));
    // Skills may run as other users; only those see the folder.
    await chmod(socket, 0o666);
    return proxy;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await rm(this.folder, { recursive: true, force: true });
  }

  private track<S extends Duplex>(socket: S): S {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  }

  /** `CONNECT host:port`: for https. */
  private async tunnel(req: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const target = URL.parse(`http://${req.url ?? ''}`);
    const port = Number(/:(\d+)$/.exec(req.url ?? '')?.[1] ?? Number.NaN);
    const address = target && Number.isInteger(port) ? await this.addressOf(target.hostname, port) : undefined;
    if (address === undefined)
      return void client.end(`HTTP/1.1 403 Forbidden\r\nX-Refused: ${REFUSED}\r\nContent-Length: 0\r\n\r\n`);
    const upstream = this.track(connectTo(address, port));
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
  }

  /** `GET http://host/path`. */
  private async forward(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const target = URL.parse(req.url ?? '');
    const port = Number(target?.port || 80);
    const address = target?.protocol === 'http:' ? await this.addressOf(target.hostname, port) : undefined;
    if (!target || address === undefined) return refuse(res, 403, REFUSED);
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const upstream = request({
      method: req.method,
      path: `${target.pathname}${target.search}`,
      headers: { ...headers, host: target.host },
      setHost: false,
      createConnection: () => this.track(connectTo(address, port)),
    });
    upstream.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    upstream.on('error', () => (res.headersSent ? res.destroy() : refuse(res, 502, 'the host does not answer')));
    res.on('close', () => upstream.destroy());
    req.pipe(upstream);
  }

  private async addressOf(name: string, port: number): Promise<string | undefined> {
    const { allowedHosts, allowPrivateNetworks } = this.rules();
    const host = name.replace(/^\[(.*)\]$/, '$1');
    if (!isAllowedHost(allowedHosts, host, port)) return undefined;
    try {
      const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
      const kinds = found.map(({ address }) => addressKind(address));
      const fit = kinds.every((kind) => kind === 'public' || (kind === 'private' && allowPrivateNetworks));
      return fit ? found[0]?.address : undefined;
    } catch {
      return undefined;
    }
  }
}

const REFUSED = 'the gateway does not let this skill reach that host (skills.<name>.allowedHosts)';

function connectTo(host: string, port: number): Socket {
  const socket = connect({ host, port, timeout: CONNECT_MS });
  socket.once('connect', () => socket.setTimeout(0));
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  return socket;
}

function refuse(res: ServerResponse, status: number, why: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
  res.end(`${why}\n`);
}
