import { RateLimited } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Principal } from '../tokens/principal.js';
import { type Ask, type Grant, LEASE_MS, type LimitStore, type Unspent } from './limit-store.js';
import { type RateLimit, type RateState, Reservoir } from './reservoir.js';

export interface RateLimits {
  /** All callers together. */
  global: RateLimit;
  /** Each token that has no limit of its own. */
  perToken: RateLimit;
}

interface Waiting {
  token: Reservoir;
  resolve(state: RateState): void;
  reject(error: RateLimited): void;
}

const MINUTE_MS = 60_000;
/** A store that takes longer counts as away; then it is left alone for a while. */
const PATIENCE_MS = 2_000;
const ALONE_MS = 2_000;
const MOST_TOKENS = 10_000;
/** So long after a call that more will be needed for those to come: by then it is on its way. */
const TOP_UP_MS = 10;

/**
 * Limits calls, over all replicas. Calls that come while the store is being asked share the next question, and far from the limit points are
 * taken ahead at the pace of the calls, before they are missed; so most calls wait for no round trip, and one that is refused costs none. Near
 * the limit every point is taken for a call that waits for it: exactly as many calls pass as the limit says.
 */
export class RateLimiter {
  private readonly shared: Reservoir;
  private readonly tokens = new Map<string, Reservoir>();
  private waiting: Waiting[] = [];
  private asking = false;
  private aloneUntil = 0;
  private retry: NodeJS.Timeout | undefined;
  /** Those whose points should be topped up before a call misses them. */
  private readonly low = new Set<Reservoir>();
  private toppingUp: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private givingBack: Promise<void> | undefined;

  constructor(
    private readonly limits: () => RateLimits,
    private readonly store: LimitStore,
    private readonly logger: Logger,
  ) {
    this.shared = new Reservoir('~all', limits().global);
  }

  /** Counts a call of this principal; gives the tighter of its limits. Throws `RateLimited`, or rejects with it. */
  take(principal: Principal): RateState | Promise<RateState> {
    const now = Date.now();
    const token = this.reservoir(principal, now);
    const { shared } = this;
    if (token.empty) throw new RateLimited(token.state());
    if (shared.empty) throw new RateLimited(shared.state());
    if (token.waiting === 0 && token.held > 0 && shared.held > 0) {
      this.spend(token, now);
      return this.tighter(token);
    }
    return new Promise((resolve, reject) => {
      token.waiting++;
      this.waiting.push({ token, resolve, reject });
      void this.ask();
    });
  }

  /** Where the principal stands, as far as this replica knows; counts nothing. */
  peek(principal: Principal): RateState {
    return this.tighter(this.reservoir(principal, Date.now()));
  }

  /** Gives back what was taken ahead. */
  async close(): Promise<void> {
    clearTimeout(this.retry);
    clearTimeout(this.sweeping);
    clearTimeout(this.toppingUp);
    this.sweep(0);
    await this.givingBack;
  }

  private reservoir({ kind, name, rateLimit }: Principal, now: number): Reservoir {
    const { global, perToken } = this.limits();
    this.shared.configure(global);
    this.shared.roll(now);
    const key = `${kind}:${name}`;
    const limit = rateLimit === undefined ? perToken : { windowMs: MINUTE_MS, maxRequests: rateLimit };
    let token = this.tokens.get(key);
    if (!token) {
      if (this.tokens.size >= MOST_TOKENS) this.forget(now);
      token = new Reservoir(key, limit);
      this.tokens.set(key, token);
    }
    token.configure(limit);
    token.roll(now);
    return token;
  }

  private spend(token: Reservoir, now: number): void {
    const { shared } = this;
    token.spend(now);
    shared.spend(now);
    if (!(token.low || shared.low)) return;
    this.low.add(token);
    if (this.toppingUp !== undefined) return;
    this.toppingUp = setTimeout(() => {
      this.toppingUp = undefined;
      void this.ask(true);
    }, TOP_UP_MS);
    this.toppingUp.unref();
  }

  private tighter(token: Reservoir): RateState {
    const own = token.state();
    const all = this.shared.state();
    return all.remaining < own.remaining ? all : own;
  }

  /**
   * Asks the store, again and again, until nobody waits but those whose missing points may yet come back. `ahead`: also where nobody waits, for
   * the calls to come.
   */
  private async ask(ahead = false): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    clearTimeout(this.retry);
    for (let ready = this.ready(), once = ahead; ready.length > 0 || once; ready = this.ready()) {
      once = false;
      await this.fill(ready);
      this.settle();
    }
    this.asking = false;
    this.askAgain();
    this.sweepLater();
  }

  private ready(): Waiting[] {
    const now = Date.now();
    if (this.waiting.length === 0 || this.shared.settlesAt > now) return [];
    return this.waiting.filter(({ token }) => token.settlesAt <= now);
  }

  private askAgain(): void {
    if (this.waiting.length === 0) return;
    const settled = Math.min(...this.waiting.map(({ token }) => token.settlesAt));
    const pauseMs = Math.max(settled, this.shared.settlesAt) - Date.now();
    this.retry = setTimeout(() => void this.ask(), Math.max(pauseMs, 1));
  }

  /** Gets what these calls lack, and what those to come will. */
  private async fill(calls: Waiting[]): Promise<void> {
    const now = Date.now();
    const { shared } = this;
    shared.roll(now);
    const callers = Map.groupBy(calls, ({ token }) => token);
    const lacking: { token: Reservoir; needed: number }[] = [];
    let owed = -shared.held;
    for (const [token, { length }] of callers) {
      token.roll(now);
      owed += Math.min(length, token.held);
      if (length > token.held) lacking.push({ token, needed: length - token.held });
    }
    for (const token of this.low) {
      token.roll(now);
      if (token.low && !lacking.some((lacks) => lacks.token === token)) lacking.push({ token, needed: 0 });
    }
    this.low.clear();
    if (calls.length === 0 && lacking.length === 0 && !shared.low) return;
    lacking.sort((a, b) => (a.token.key < b.token.key ? -1 : 1));
    const asks = [...lacking.map(({ token, needed }) => token.ask(needed, now)), shared.ask(owed, now)];
    const grants = now < this.aloneUntil ? undefined : await this.granted(asks);
    for (const [index, { token, needed }] of lacking.entries()) {
      const [grant, ask] = [grants?.[index], asks[index]];
      if (grant && ask) token.fill(grant, ask, now);
      owed += Math.min(grant ? grant.granted : token.fillAlone(needed), needed);
    }
    const [grant, ask] = [grants?.at(-1), asks.at(-1)];
    if (grant && ask) shared.fill(grant, { needed: Math.max(owed, 0), ahead: ask.ahead }, now);
    else shared.fillAlone(Math.max(owed, 0));
  }

  /** Undefined where the store does not answer. */
  private async granted(asks: readonly Ask[]): Promise<Grant[] | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, 'late');
    });
    const taken = this.store.take(asks);
    try {
      const grants = await Promise.race([taken, late]);
      if (grants !== 'late') {
        if (this.aloneUntil > 0) this.logger.info('the limits are shared with the other replicas again');
        this.aloneUntil = 0;
        return grants;
      }
      taken.then(
        (unwanted) => this.giveBack(unwanted.flatMap((grant, index) => unspent(asks[index], grant))),
        (error: unknown) => this.alone(error),
      );
      this.alone(undefined);
    } catch (error) {
      this.alone(error);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  private alone(error: unknown): void {
    if (this.aloneUntil === 0)
      this.logger.warn('the limits can not be shared now; this replica counts alone', { error });
    this.aloneUntil = Date.now() + ALONE_MS;
  }

  /** Lets through and refuses as many of the waiting calls as can be told now, the first first. */
  private settle(): void {
    const now = Date.now();
    const { shared } = this;
    const unsettled: Waiting[] = [];
    for (const call of this.waiting) {
      const { token } = call;
      const refusedBy = token.empty ? token : shared.empty ? shared : undefined;
      if (refusedBy) {
        call.reject(new RateLimited(refusedBy.state()));
      } else if (token.held > 0 && shared.held > 0) {
        this.spend(token, now);
        call.resolve(this.tighter(token));
      } else {
        unsettled.push(call);
        continue;
      }
      token.waiting--;
    }
    this.waiting = unsettled;
  }

  private sweepLater(): void {
    if (this.sweeping !== undefined || !this.holdsAnything()) return;
    this.sweeping = setTimeout(() => {
      this.sweeping = undefined;
      if (!this.asking) this.sweep(LEASE_MS);
      this.sweepLater();
    }, LEASE_MS);
    this.sweeping.unref();
  }

  private holdsAnything(): boolean {
    return this.shared.held > 0 || [...this.tokens.values()].some((token) => token.held > 0);
  }

  private sweep(heldForMs: number): void {
    const now = Date.now();
    this.giveBack(
      [...this.tokens.values(), this.shared].flatMap((reservoir) => reservoir.takeUnspent(now, heldForMs) ?? []),
    );
  }

  private giveBack(points: Unspent[]): void {
    if (points.length === 0) return;
    this.givingBack = this.store.giveBack(points).catch((error: unknown) => {
      this.logger.debug('points that were taken ahead are lost', { error });
    });
  }

  private forget(now: number): void {
    for (const [key, token] of this.tokens) if (token.isOver(now)) this.tokens.delete(key);
  }
}

function unspent(ask: Ask | undefined, { window, granted }: Grant): Unspent[] {
  return ask && granted > 0 ? [{ key: ask.key, window, points: granted }] : [];
}
