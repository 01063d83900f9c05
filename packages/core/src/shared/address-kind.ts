import { BlockList, isIP } from 'node:net';

/**
 * `public`: one of the internet's at large. `private`: of this machine or of a network that somebody runs for themselves; whose programs may
 * go there is the operator's to say. `special`: where nothing that comes from outside may ever lead, and what is no address at all.
 */
export type AddressKind = 'public' | 'private' | 'special';

/** By https://www.iana.org/assignments/iana-ipv4-special-registry; what is in neither list is public. */
const PRIVATE_V4 = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
] as const;
const SPECIAL_V4 = [
  ['0.0.0.0', 8],
  // Link-local, where clouds keep their machines' secrets; and where some do who went elsewhere.
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  // Protocol assignments, and what is for documents.
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Relays of 6to4, multicast, reserved, broadcast.
  ['192.88.99.0', 24],
  ['224.0.0.0', 3],
] as const;

/** By https://www.iana.org/assignments/iana-ipv6-special-registry; what lies outside of these and of 2000::/3 is special. */
const PRIVATE_V6 = [
  ['::1', 128],
  ['fc00::', 7],
  ['fec0::', 10],
] as const;
/** With an IPv4 address inside that some translator goes to (6to4, Teredo), for documents, or where clouds keep their machines' secrets. */
const SPECIAL_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
] as const;

const v4 = { private: listOf('ipv4', PRIVATE_V4), special: listOf('ipv4', SPECIAL_V4) };
const v6 = { private: listOf('ipv6', PRIVATE_V6), special: listOf('ipv6', SPECIAL_V6) };
const handedOutV6 = listOf('ipv6', [['2000::', 3]]);

/** Of an address as it is written after it was looked up; any other spelling of one (decimal, octal, with a zone) is special. */
export function addressKind(address: string): AddressKind {
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 4) return v4.special.check(address) ? 'special' : v4.private.check(address) ? 'private' : 'public';
  if (family !== 6) return 'special';
  const { way, inside } = embeddedV4(address);
  if (way === 'mapped') return addressKind(inside);
  // What a translator of NAT64 is asked for is somewhere else; it has no business with private networks.
  if (way === 'nat64') return addressKind(inside) === 'public' ? 'public' : 'special';
  if (v6.special.check(address, 'ipv6')) return 'special';
  if (v6.private.check(address, 'ipv6')) return 'private';
  return handedOutV6.check(address, 'ipv6') ? 'public' : 'special';
}

/** The IPv4 address in `::ffff:a.b.c.d`, and in NAT64's `64:ff9b::a.b.c.d`; not in 64:ff9b:1::/48, whose form is each network's own. */
function embeddedV4(address: string): { way: 'mapped' | 'nat64' | undefined; inside: string } {
  const groups = groupsOf(address);
  const inside = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
  const prefix = groups.slice(0, 6).join();
  const way = prefix === '0,0,0,0,0,65535' ? 'mapped' : prefix === '100,65435,0,0,0,0' ? 'nat64' : undefined;
  return { way, inside: inside.join('.') };
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes every spelling of an address in one way, an IPv4 address at its end as numbers like the others.
  const [before = '', after = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (part: string) => part.split(':').flatMap((group) => (group === '' ? [] : [parseInt(group, 16)]));
  const [head, tail] = [numbers(before), numbers(after)];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}
