import { type Ask, type Grant, LEASE_MS, type Unspent } from './limit-store.js';

/** Where a caller stands with a limit. */
export interface RateState {
  /** Calls within one window. */
  limit: number;
  /** Calls left in this window, as far as this replica knows. */
  remaining: number;
  /** When the window ends, in ms since 1970. */
  resetAt: number;
}

export interface RateLimit {
  windowMs: number;
  maxRequests: number;
}

const MOST_AHEAD = 10_000;

/** What one replica knows and holds of one limit. */
export class Reservoir {
  /** Points taken from the store and not spent yet. */
  held = 0;
  /** Calls that wait for points. */
  waiting = 0;
  /** Until then points that are missing may yet come back, in ms since 1970; there is no use in asking sooner. */
  settlesAt = 0;
  /** No point is left anywhere until the window ends. */
  private exhausted = false;
  /** The limit is near: nothing is given ahead any more in this window. */
  private near = false;
  /** Since when unspent points may have been waiting, in ms since 1970. */
  private heldSince = 0;
  private used = 0;
  private window = 0;
  private endsAt = 0;
  private spent = 0;
  private spentBefore = 0;
  private paceSince = 0;

  constructor(
    readonly key: string,
    private limit: RateLimit,
  ) {}

  /** Takes over the limit as it is configured now. */
  configure(limit: RateLimit): void {
    if (limit.maxRequests === this.limit.maxRequests && limit.windowMs === this.limit.windowMs) return;
    this.limit = limit;
    this.exhausted = false;
    this.near = false;
  }

  /** Forgets a window that is over. */
  roll(now: number): void {
    if (now < this.endsAt) return;
    this.held = 0;
    this.used = 0;
    this.window = 0;
    this.settlesAt = 0;
    this.exhausted = false;
    this.near = false;
    this.endsAt = now + this.limit.windowMs;
  }

  get empty(): boolean {
    return this.held === 0 && this.exhausted;
  }

  isOver(now: number): boolean {
    return this.endsAt <= now;
  }

  spend(now: number): void {
    this.held--;
    this.turnPace(now);
    this.spent++;
  }

  /** Calls keep coming, and the points at hand will not do for as many as came lately: some should be taken before they are missed. */
  get low(): boolean {
    if (this.near || this.spent + this.spentBefore < 2) return false;
    const { pace } = this;
    return this.held < pace && (this.held < 2 || this.held < pace / 2);
  }

  /** Asks for what is waited for, and for as much ahead as was lately spent within the time that points may be held. */
  ask(needed: number, now: number): Ask {
    this.turnPace(now);
    const ahead = Math.max(this.pace - this.held, 0);
    return { key: this.key, needed, ahead, limit: this.limit.maxRequests, windowMs: this.limit.windowMs };
  }

  /** `askedAt` is when the store was asked: the window ends here no later than there. */
  fill(grant: Grant, { needed, ahead }: Pick<Ask, 'needed' | 'ahead'>, askedAt: number): void {
    this.near = ahead > 0 && grant.granted <= needed;
    if (grant.window !== this.window) this.held = 0;
    this.window = grant.window;
    this.held += grant.granted;
    this.used = grant.used;
    this.endsAt = askedAt + grant.leftMs;
    if (grant.granted > 0) this.heldSince = askedAt;
    this.settlesAt = grant.settlingMs === 0 ? 0 : Date.now() + grant.settlingMs;
    this.exhausted = grant.granted < needed && grant.settlingMs === 0;
  }

  /** Stands in for a store that is away: counts on from what was last known. */
  fillAlone(needed: number): number {
    const granted = Math.max(Math.min(needed, this.limit.maxRequests - this.used), 0);
    this.used += granted;
    this.held += granted;
    this.window = 0;
    this.settlesAt = 0;
    this.exhausted = granted < needed;
    return granted;
  }

  /** Takes out what has been lying here for so long, to be given back. */
  takeUnspent(now: number, forMs: number): Unspent | undefined {
    if (this.held === 0 || now - this.heldSince < forMs) return undefined;
    const points = this.held;
    this.held = 0;
    this.used -= points;
    // Points counted alone belong to no window of the store's.
    return this.window !== 0 && now < this.endsAt ? { key: this.key, window: this.window, points } : undefined;
  }

  state(): RateState {
    const { maxRequests } = this.limit;
    return { limit: maxRequests, remaining: Math.max(maxRequests - this.used + this.held, 0), resetAt: this.endsAt };
  }

  private get pace(): number {
    return Math.min(Math.max(this.spent, this.spentBefore), MOST_AHEAD);
  }

  private turnPace(now: number): void {
    const ms = now - this.paceSince;
    if (ms < LEASE_MS) return;
    this.spentBefore = ms < 2 * LEASE_MS ? this.spent : 0;
    this.spent = 0;
    this.paceSince = now;
  }
}
