/** What a caller's reservoir asks of one limit. */
export interface Ask {
  /** Which limit, e.g. `token:config-token:ci`. */
  key: string;
  /** Points for calls that are waiting. May be negative for the shared limit: see `take`. */
  needed: number;
  /** Points for calls to come; given only while the limit is far off, and to be given back within `LEASE_MS` if they are not spent. */
  ahead: number;
  /** Points within one window. */
  limit: number;
  /** How long a window lasts, in ms; it begins with the first point taken. */
  windowMs: number;
}

export interface Grant {
  /** Points given, those ahead included. */
  granted: number;
  /** Points of the window that are gone now, these included. */
  used: number;
  /** Names the window; what is given back has to name it. */
  window: number;
  /** Until the window's end, in ms. */
  leftMs: number;
  /**
   * 0, or: fewer points were given than needed, but some that were given ahead, here or elsewhere, may yet come back within so many ms.
   */
  settlingMs: number;
}

export interface Unspent {
  key: string;
  window: number;
  points: number;
}

/** How long points that were taken ahead are kept unspent, in ms. */
export const LEASE_MS = 100;

/** After so many ms whoever took points ahead has given them back, or is dead. */
export const SETTLED_AFTER_MS = 300;

/**
 * Counts calls in fixed windows, for all replicas together. Points are only ever given once, so a limit can't be passed; and they are
 * given ahead only in the first half of a window, so that near the limit every one of them is accounted for.
 */
export abstract class LimitStore {
  /**
   * Takes points of several limits in one step. The last ask is the limit that all the others share: one point more is needed of it
   * for every needed point that the others were given, so that a caller who is out of points takes none of it. Keys before it are
   * sorted and distinct. Throws `Unavailable`.
   */
  abstract take(asks: readonly Ask[]): Promise<Grant[]>;

  /** Gives back points that nobody spent; what belongs to a window that is over is passed over. Throws `Unavailable`. */
  abstract giveBack(unspent: readonly Unspent[]): Promise<void>;
}
