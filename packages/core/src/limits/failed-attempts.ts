import { isIPv6 } from 'node:net';
import { RateLimited } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { AttemptLimit, AttemptStore } from './attempt-store.js';
import { InMemoryAttemptStore } from './in-memory-attempt-store.js';

export interface GuessingSettings extends AttemptLimit {
  /** Never locks out callers on this machine. */
  exemptLoopback: boolean;
}

const MOST_LOCKED = 10_000;
const WHAT = 'Too many failed attempts to authenticate from your address';

/**
 * Brakes those who guess secrets. Only failures are told to it: a right secret gets in from any address, whatever others have tried from
 * there.
 */
export class FailedAttempts {
  /** Until when an address is locked out, in ms since 1970: one that goes on guessing costs no query. */
  private readonly locked = new Map<string, number>();
  private readonly own = new InMemoryAttemptStore();

  constructor(
    private readonly settings: () => GuessingSettings,
    private readonly store: AttemptStore,
    private readonly logger: Logger,
  ) {}

  /** Counts a wrong secret. Throws `RateLimited` once there were too many. */
  async count(address: string): Promise<void> {
    const settings = this.settings();
    if (settings.exemptLoopback && isLoopback(address)) return;
    const who = attacker(address);
    const { maxAttempts: limit, lockoutMs } = settings;
    const until = this.locked.get(who) ?? 0;
    if (until > Date.now()) throw new RateLimited({ limit, resetAt: until }, WHAT);
    const lockedMs = Math.min(await this.lockedMs(who, settings), lockoutMs);
    if (lockedMs === 0) return;
    const resetAt = Date.now() + lockedMs;
    this.lock(who, resetAt);
    throw new RateLimited({ limit, resetAt }, WHAT);
  }

  private async lockedMs(who: string, settings: GuessingSettings): Promise<number> {
    try {
      return await this.store.count(who, settings);
    } catch (error) {
      this.logger.warn('failed attempts are counted by this replica alone', { error });
      return this.own.count(who, settings);
    }
  }

  private lock(who: string, until: number): void {
    if (this.locked.size >= MOST_LOCKED) {
      const now = Date.now();
      for (const [other, end] of this.locked) if (end <= now) this.locked.delete(other);
      if (this.locked.size >= MOST_LOCKED) this.locked.clear();
    }
    if (!this.locked.has(who)) this.logger.warn('address locked out for guessing secrets', { address: who });
    this.locked.set(who, until);
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Whoever has one IPv6 address has the 2⁶⁴ of its network: they count as one. */
function attacker(address: string): string {
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : Math.max(8 - head.length - tail.length, 0);
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
