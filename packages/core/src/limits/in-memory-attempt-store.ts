import { type AttemptLimit, AttemptStore } from './attempt-store.js';

const MOST_ADDRESSES = 10_000;

/** One replica's own count: what is left to go by while the shared one is away. */
export class InMemoryAttemptStore extends AttemptStore {
  private readonly addresses = new Map<string, { attempts: number; endsAt: number }>();

  async count(address: string, { maxAttempts, windowMs, lockoutMs }: AttemptLimit): Promise<number> {
    const now = Date.now();
    let found = this.addresses.get(address);
    if (!found || found.endsAt <= now) {
      this.makeRoom(now);
      found = { attempts: 0, endsAt: now + windowMs };
      this.addresses.set(address, found);
    }
    found.attempts++;
    if (found.attempts <= maxAttempts) return 0;
    if (found.attempts === maxAttempts + 1) found.endsAt = now + lockoutMs;
    return found.endsAt - now;
  }

  /** Of so many addresses the one that came first is forgotten, and with it every one whose time is over. */
  private makeRoom(now: number): void {
    if (this.addresses.size < MOST_ADDRESSES) return;
    for (const [address, { endsAt }] of this.addresses) if (endsAt <= now) this.addresses.delete(address);
    const [oldest] = this.addresses.keys();
    if (this.addresses.size >= MOST_ADDRESSES && oldest !== undefined) this.addresses.delete(oldest);
  }
}
