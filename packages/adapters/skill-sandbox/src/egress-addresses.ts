import { BlockList, isIP } from 'node:net';

/** Networks that are nobody's public address: https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE_V4 = [
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
  ['224.0.0.0', 3],
] as const;
/** Link-local addresses, where clouds keep their machines' secrets, and what is no address of a host at all. */
const NEVER_V4 = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const;

const notPublic = new BlockList();
for (const [network, prefix] of PRIVATE_V4) notPublic.addSubnet(network, prefix, 'ipv4');
const never = new BlockList();
for (const [network, prefix] of NEVER_V4) never.addSubnet(network, prefix, 'ipv4');
never.addSubnet('fe80::', 10, 'ipv6');
never.addSubnet('ff00::', 8, 'ipv6');
never.addAddress('::', 'ipv6');

/** All that is handed out to hosts lies here; without the parts that carry an IPv4 address or are for documents. */
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
const oddV6 = new BlockList();
oddV6.addSubnet('2001::', 23, 'ipv6');
oddV6.addSubnet('2001:db8::', 32, 'ipv6');
oddV6.addSubnet('2002::', 16, 'ipv6');
oddV6.addSubnet('3fff::', 20, 'ipv6');
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Whether a skill may be connected with the address; `privateToo`: the operator allows addresses of private networks, and of this machine. */
export function mayConnect(address: string, privateToo: boolean): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (family === 4) return !(privateToo ? never : notPublic).check(address, 'ipv4');
  // Asked as IPv6, rules for IPv4 hold for addresses that only dress as IPv6.
  if (mapped.check(address, 'ipv6')) return !(privateToo ? never : notPublic).check(address, 'ipv6');
  if (privateToo) return !never.check(address, 'ipv6');
  return publicV6.check(address, 'ipv6') && !oddV6.check(address, 'ipv6');
}
