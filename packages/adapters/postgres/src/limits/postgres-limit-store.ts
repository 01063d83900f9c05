import { type Ask, type Grant, LimitStore, SETTLED_AFTER_MS, type Unspent } from '@openclaw/core';
import type { Database } from '../database.js';

const TAKE = { name: 'take_points', text: 'select * from take_points($1, $2, $3, $4, $5, $6)' };

/** In the keys' order, as `take_points` locks them: two that lock the same rows never wait for each other. */
const GIVE_BACK = {
  name: 'give_back_points',
  text: `with unspent as (
      select w.key, u.points from rate_windows w
      join unnest($1::text[], $2::bigint[], $3::integer[]) as u (key, began_at, points) using (key, began_at)
      order by w.key collate "C" for no key update of w)
    update rate_windows w set used = greatest(w.used - unspent.points, 0) from unspent where w.key = unspent.key`,
};

interface GrantRow {
  granted: number;
  used: number;
  /** The driver gives 64-bit integers as text. */
  began_at: string;
  left_ms: number;
  settling_ms: number;
}

export class PostgresLimitStore extends LimitStore {
  constructor(private readonly database: Database) {
    super();
  }

  async take(asks: readonly Ask[]): Promise<Grant[]> {
    const rows = await this.database.query<GrantRow>(TAKE, [
      asks.map((ask) => ask.key),
      asks.map((ask) => ask.needed),
      asks.map((ask) => ask.ahead),
      asks.map((ask) => ask.limit),
      asks.map((ask) => ask.windowMs),
      SETTLED_AFTER_MS,
    ]);
    return rows.map((row) => ({
      granted: row.granted,
      used: row.used,
      window: Number(row.began_at),
      leftMs: row.left_ms,
      settlingMs: row.settling_ms,
    }));
  }

  async giveBack(unspent: readonly Unspent[]): Promise<void> {
    await this.database.query(GIVE_BACK, [
      unspent.map(({ key }) => key),
      unspent.map(({ window }) => window),
      unspent.map(({ points }) => points),
    ]);
  }
}
