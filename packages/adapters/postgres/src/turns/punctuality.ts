/**
 * Whether this process may believe another one dead whose heartbeat is old. After an outage everybody's is, and on a machine that was
 * held up a neighbour's is: only who has been on time for as long as it takes to be believed dead may judge others.
 */
export class Punctuality {
  private since: number | undefined;
  private last = Number.NEGATIVE_INFINITY;

  /**
   * @param lateMs two heartbeats further apart than this are one that was late
   * @param judgesAfterMs for how long none may have been
   */
  constructor(
    private readonly lateMs: number,
    private readonly judgesAfterMs: number,
  ) {}

  /** Notes a heartbeat that has been written, at `now` in ms. Returns whether others may be judged. */
  beat(now: number): boolean {
    if (now - this.last > this.lateMs) this.since = now;
    this.last = now;
    return this.since !== undefined && now - this.since > this.judgesAfterMs;
  }

  /** Notes a heartbeat that could not be written. */
  miss(): void {
    this.last = Number.NEGATIVE_INFINITY;
  }
}
