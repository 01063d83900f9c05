import { BlockList, isIP } from 'node:net';
import * as z from 'zod';
import { describe } from './key.js';

/** A whole number within both bounds. */
export function whole(min: number, max: number) {
  return describe(z.number().int().min(min).max(max), { wanted: `a whole number from ${min} to ${max}` });
}

/** A duration in milliseconds, up to one day. */
export function milliseconds(min = 0) {
  return describe(z.number().int().min(min).max(86_400_000), {
    wanted: `milliseconds, a whole number from ${min} to 86400000`,
  });
}

export function text() {
  return describe(z.string().min(1), { wanted: 'a text that is not empty' });
}

/** A secret that travels in an HTTP header: printable ASCII without blanks. */
export function headerSecret() {
  return describe(z.string().regex(/^[\x21-\x7e]+$/), {
    secret: true,
    wanted: 'printable ASCII characters without blanks, at least one',
  });
}

/** A secret that never travels in a header. */
export function secretText() {
  return describe(z.string().min(1), { secret: true, wanted: 'a text that is not empty' });
}

/** What Telegram's `setWebhook` takes as a secret. */
export function webhookSecret() {
  return describe(z.string().regex(/^[\w-]{1,256}$/), {
    secret: true,
    wanted: '1 to 256 letters, digits, "_" and "-"',
  });
}

/** A name that may stand in a URL and a column: tenants, agents, tokens of the machine's making. */
export function identifier() {
  return describe(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/), {
    wanted: 'a name of letters, digits, "-", "_" and ".", 1 to 64 characters, beginning with a letter or digit',
  });
}

/** An HTTP address without user and password in it: those have keys of their own that are kept secret. */
export function httpUrl() {
  return describe(
    z.string().refine((value) => isUrl(value, 'http:', 'https:')),
    { wanted: 'an http:// or https:// URL without user and password' },
  );
}

/** A WebSocket's address, without user and password. */
export function webSocketUrl() {
  return describe(
    z.string().refine((value) => isUrl(value, 'ws:', 'wss:')),
    { wanted: 'a ws:// or wss:// URL without user and password' },
  );
}

function isUrl(value: string, ...protocols: string[]): boolean {
  const url = URL.parse(value);
  return url !== null && protocols.includes(url.protocol) && url.username === '' && url.password === '';
}

/** An IPv4 or IPv6 address, or a network of them. */
export function network() {
  return describe(z.string().refine(isNetwork), {
    wanted: 'an IP address or a network such as "10.0.0.0/8" or "fd00::/8"',
  });
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

const UNITS: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)$/i;

/** A size as people write it. `sizeInBytes` gives the number; 1 KB is 1,024 bytes. */
export function size() {
  return describe(
    z.string().refine((value) => sizeInBytes(value) >= 1),
    { wanted: 'a size such as "512KB", "1MB" or "2GB"' },
  );
}

/** NaN for what is not a size. */
export function sizeInBytes(value: string): number {
  const [, number, unit = ''] = SIZE.exec(value) ?? [];
  return number === undefined ? Number.NaN : Math.floor(Number(number) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
}

/** A point in time. */
export function time() {
  return describe(z.string().refine(isTime), {
    wanted: 'an ISO 8601 time with its zone such as "2027-01-31T12:00:00Z", or a date',
  });
}

function isTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value) && !Number.isNaN(Date.parse(value))
  );
}

const NAMED_BINDS: Record<string, string> = { loopback: '127.0.0.1', lan: '0.0.0.0', all: '0.0.0.0' };

/** Where to listen: a name or an address. `bindAddress` gives the address. */
export function bind() {
  return describe(
    z.string().refine((value) => Object.hasOwn(NAMED_BINDS, value) || isIP(value) !== 0),
    {
      wanted: '"loopback" (127.0.0.1), "lan" or "all" (0.0.0.0), or an IP address',
    },
  );
}

export function bindAddress(value: string): string {
  return NAMED_BINDS[value] ?? value;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

export function isLoopback(address: string): boolean {
  return loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
