import { BlockList, isIP } from 'node:net';

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
    const [network = '', bits] = range.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  lists.set(ranges, list);
  return list;
}

export function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** IPv4 in IPv6's clothes is IPv4; a port that some proxies add is dropped. */
function plain(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(address);
  if (bracketed?.[1]) return bracketed[1];
  const ported = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address);
  return ported?.[1] ?? address;
}
