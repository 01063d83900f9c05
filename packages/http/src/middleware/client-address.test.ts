import { describe, expect, it } from '@jest/globals';
import { blockList, clientAddress, isIn } from './client-address.js';

describe('clientAddress', () => {
  it.each<[string, string | undefined, string[], string]>([
    ['10.0.0.1', undefined, [], '10.0.0.1'],
    ['::ffff:10.0.0.1', undefined, [], '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', [], '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', ['10.0.0.0/8'], '1.2.3.4'],
    ['::ffff:10.0.0.1', '1.2.3.4', ['10.0.0.1'], '1.2.3.4'],
    ['11.0.0.1', '1.2.3.4', ['10.0.0.0/8'], '11.0.0.1'],
    ['10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.9', ['10.0.0.0/8'], '1.2.3.4'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', ['10.0.0.0/8'], '10.0.0.3'],
    ['10.0.0.1', 'unknown', ['10.0.0.0/8'], '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4:5678', ['10.0.0.0/8'], '1.2.3.4'],
    ['::ffff:a00:1', undefined, [], '10.0.0.1'],
    ['0:0:0:0:0:ffff:a00:1', undefined, [], '10.0.0.1'],
    ['10.0.0.1', '::ffff:1.2.3.4', ['::ffff:10.0.0.0/104'], '1.2.3.4'],
    ['10.0.0.1', '[::ffff:1.2.3.4]:99', ['10.0.0.0/8'], '1.2.3.4'],
    ['fe80::1%eth0', undefined, [], 'fe80::1'],
    ['fd00::1', '[2001:db8::7]:443', ['fd00::/8'], '2001:db8::7'],
  ])('%s, forwarded for %s, trusting %j → %s', (peer, forwarded, trusted, expected) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(expected);
  });
});

it('looks addresses up in ranges of both families', () => {
  const list = blockList(['10.0.0.0/8', '2001:db8::/32', '192.168.1.1']);
  expect(isIn(list, '10.255.0.1')).toBe(true);
  expect(isIn(list, '2001:db8::1')).toBe(true);
  expect(isIn(list, '192.168.1.1')).toBe(true);
  expect(isIn(list, '192.168.1.2')).toBe(false);
  expect(isIn(list, 'nonsense')).toBe(false);
  const mapped = blockList(['::ffff:10.0.0.0/104', '::ffff:c0a8:101']);
  expect(isIn(mapped, '10.255.0.1')).toBe(true);
  expect(isIn(mapped, '11.0.0.1')).toBe(false);
  expect(isIn(mapped, '192.168.1.1')).toBe(true);
});
