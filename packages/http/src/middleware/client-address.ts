import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** ::ffff:0:0/96 is where IPv6 keeps IPv4. */
const MAPPED_BITS = 96;

const lists = new WeakMap<readonly string[], BlockList>();

/**
 * The caller's address. X-Forwarded-For counts only as far as trusted proxies wrote it: read from its end, the first address that is
 * not a trusted proxy's is the caller's.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: readonly string[]): string {
  let address = plain(peer);
  if (trusted.length === 0 || forwardedFor === undefined) return address;
  const proxies = blockList(trusted);
  const hops = forwardedFor.split(',');
  while (isIn(proxies, address)) {
    const hop = hops.pop();
    if (hop === undefined) break;
    const named = plain(hop.trim());
    if (isIP(named) === 0) break;
    address = named;
  }
  return address;
}

/** Addresses and CIDR ranges, IPv4 and IPv6, as a list to look addresses up in. Made once for each array. */
export function blockList(ranges: readonly string[]): BlockList {
  const known = lists.get(ranges);
  if (known) return known;
  const list = new BlockList();
  for (const range of ranges) {
    const [written = '', prefix] = range.split('/');
    const network = plain(written);
    const mapped = isIP(written) === 6 && isIP(network) === 4;
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else if (!mapped) list.addSubnet(network, Number(prefix), family);
    else list.addSubnet(network, Math.max(Number(prefix) - MAPPED_BITS, 0), family);
  }
  lists.set(ranges, list);
  return list;
}

export function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** What proxies add: a call that bears one of these comes from elsewhere, even where nobody said that the proxy is trusted. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/** Whether the call comes from a program on this machine, and not through a proxy on it. */
export function isLocal({ headers }: Pick<IncomingMessage, 'headers'>, address: string): boolean {
  return isLoopback(address) && !FORWARDED.some((name) => headers[name] !== undefined);
}

/**
 * Against whom wrong secrets are counted: the address, but not this machine's own, which may be exempt, where the call came through a
 * proxy on it.
 */
export function guesserOf(req: Pick<IncomingMessage, 'headers'>, address: string): string {
  return isLoopback(address) && !isLocal(req, address) ? `proxy at ${address}` : address;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

const MAPPED = /^(?:0{0,4}:){2,5}:?ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/** IPv4 in IPv6's clothes is IPv4; a port that some proxies add, and the interface of a link-local address, are dropped. */
function plain(written: string): string {
  if (!written.includes(':') && !written.includes('%')) return written;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(written);
  const ported = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(written);
  const [address = ''] = (bracketed?.[1] ?? ported?.[1] ?? written).split('%');
  if (isIP(address) !== 6) return address;
  const [, dotted, high, low] = MAPPED.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
