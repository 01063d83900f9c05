import { BlockList, isIP } from 'node:net';

/** What IANA's registries of special-purpose addresses do not call globally reachable, and multicast. */
const SPECIAL_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Of 2000::/3; what lies outside of that is not public at all. 2002::/16 leads to an IPv4 address by a way that nobody should need. */
const SPECIAL_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const specialV4 = new BlockList();
for (const [network, prefix] of SPECIAL_V4) specialV4.addSubnet(network, prefix, 'ipv4');
const specialV6 = new BlockList();
for (const [network, prefix] of SPECIAL_V6) specialV6.addSubnet(network, prefix, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is one of the internet's at large: not of this machine, not of a private network, not reserved. False for no address. */
export function isPublicAddress(text: string): boolean {
  const [address = ''] = text.split('%', 1);
  const family = isIP(address);
  if (family === 4) return !specialV4.check(address, 'ipv4');
  if (family !== 6) return false;
  const embedded = embeddedV4(address);
  if (embedded !== undefined) return isPublicAddress(embedded);
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/** The IPv4 address behind `::ffff:a.b.c.d` and behind NAT64's `64:ff9b::a.b.c.d`. */
function embeddedV4(address: string): string | undefined {
  // The URL parser writes every spelling of an address in one way.
  const { hostname } = new URL(`http://[${address}]`);
  const [, high = '', low = ''] = /^\[(?:::ffff|64:ff9b:):([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (low !== '') return dotted(parseInt(high, 16), parseInt(low, 16));
  // The same with a half that is zero, which is left out.
  const [, only = ''] = /^\[64:ff9b::([0-9a-f]{0,4})\]$/.exec(hostname) ?? [];
  return only === '' ? undefined : dotted(0, parseInt(only, 16));
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
