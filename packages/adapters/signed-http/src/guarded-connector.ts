import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { addressKind, AddressRefused } from '@openclaw/core';
import type { buildConnector } from 'undici';
import build from 'undici/lib/core/connect.js';
import type { ResolveName } from './resolve-name.js';

/**
 * Connects to public addresses only. What counts is the address that the socket connects to: names are resolved here, once, by the
 * connection itself, so that a name cannot mean one address to the guard and another one to the socket.
 */
export function guardedConnector(resolve: ResolveName, timeoutMs: number): buildConnector.connector {
  return connectorOf((all) => all.filter(({ address }) => addressKind(address) === 'public'), resolve, timeoutMs);
}

/** Connects to every address. */
export function openConnector(resolve: ResolveName, timeoutMs: number): buildConnector.connector {
  return connectorOf((addresses) => addresses, resolve, timeoutMs);
}

type Choose = (addresses: Awaited<ReturnType<ResolveName>>) => Awaited<ReturnType<ResolveName>>;

function connectorOf(choose: Choose, resolve: ResolveName, timeoutMs: number): buildConnector.connector {
  const lookup: LookupFunction = (name, options, callback) => {
    const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
    resolve(name).then(
      (all) => {
        const ofFamily = all.filter(({ family }) => wanted === undefined || family === wanted);
        const [first, ...others] = choose(ofFamily);
        if (!first) callback(refused(name), '', 0);
        else if (options.all) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
  const allowed = (address: string) => choose([{ address, family: isIP(address) }]).length > 0;
  const connect = build({ timeout: timeoutMs, lookup });
  return (options, callback) => {
    // An address is never looked up.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !allowed(host)) return callback(refused(host), null);
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if (allowed(socket.remoteAddress ?? '')) return callback(null, socket);
      socket.destroy();
      callback(refused(host), null);
    });
  };
}

function refused(host: string): AddressRefused {
  return new AddressRefused(`${host} is not a public address, and api.webhooks.allowPrivateNetworks is off`);
}
