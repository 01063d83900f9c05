export interface AttemptLimit {
  /** Failed attempts that an address has within a window. */
  maxAttempts: number;
  windowMs: number;
  /** How long the address is locked out by the next one. */
  lockoutMs: number;
}

/** Counts failed attempts to get in, for all replicas together. */
export abstract class AttemptStore {
  /** Counts one; gives for how many ms the address is locked out now, 0 where it is not. Throws `Unavailable`. */
  abstract count(address: string, limit: AttemptLimit): Promise<number>;
}
