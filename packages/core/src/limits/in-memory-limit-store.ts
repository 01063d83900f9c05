import { type Ask, type Grant, LimitStore, SETTLED_AFTER_MS, type Unspent } from './limit-store.js';

interface Window {
  id: number;
  used: number;
  endsAt: number;
  settledAt: number;
}

export class InMemoryLimitStore extends LimitStore {
  private readonly windows = new Map<string, Window>();
  private lastId = 0;

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async take(asks: readonly Ask[]): Promise<Grant[]> {
    let owed = 0;
    return asks.map((ask, index) => {
      const shared = index === asks.length - 1;
      const needed = Math.max(shared ? ask.needed + owed : ask.needed, 0);
      const grant = this.grant(ask, needed);
      owed += Math.min(grant.granted, needed);
      return grant;
    });
  }

  async giveBack(unspent: readonly Unspent[]): Promise<void> {
    for (const { key, window, points } of unspent) {
      const found = this.windows.get(key);
      if (found?.id === window) found.used = Math.max(found.used - points, 0);
    }
  }

  private grant({ key, ahead, limit, windowMs }: Ask, needed: number): Grant {
    const now = this.now();
    let window = this.windows.get(key);
    if (!window || window.endsAt <= now) {
      window = { id: ++this.lastId, used: 0, endsAt: now + windowMs, settledAt: 0 };
      this.windows.set(key, window);
    }
    window.endsAt = Math.min(window.endsAt, now + windowMs);
    const given = Math.min(needed, Math.max(limit - window.used, 0));
    const lent = Math.max(Math.min(ahead, Math.floor(limit / 2) - window.used - given), 0);
    if (lent > 0) window.settledAt = now + SETTLED_AFTER_MS;
    window.used += given + lent;
    return {
      granted: given + lent,
      used: window.used,
      window: window.id,
      leftMs: window.endsAt - now,
      settlingMs: given < needed ? Math.max(window.settledAt - now, 0) : 0,
    };
  }
}
