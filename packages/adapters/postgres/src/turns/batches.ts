/** Statements under way at once; a second one begins only when the first is slow. */
const LANES = 4;
const SLOW_MS = 5;
const MOST_CALLS = 32;
/** Of what the calls weigh together; a heavier one goes by itself. */
const MOST_WEIGHT = 4_000_000;

export interface BatchWork<Call, Result> {
  one(call: Call): Promise<Result>;
  /** The results in the calls' order; undefined when nothing came of it and each call is to be tried by itself. */
  many(calls: Call[]): Promise<Result[] | undefined>;
  /** Calls of one key happen one after another, in their order. */
  keyOf(call: Call): string;
  /** Bytes, about. */
  weightOf(call: Call): number;
}

interface Waiting<Call, Result> {
  call: Call;
  key: string;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Sends together what arrives while something is under way: under load one round trip, one transaction and one commit serve many calls. A call
 * that comes alone goes at once, and alone.
 */
export class Batches<Call, Result> {
  private waiting: Waiting<Call, Result>[] = [];
  private readonly keys = new Set<string>();
  private underWay = 0;
  private scheduled = false;
  private slow: NodeJS.Timeout | undefined;

  constructor(private readonly work: BatchWork<Call, Result>) {}

  /** Rejects as the call by itself would. */
  add(call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ call, key: this.work.keyOf(call), resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      // What arrives in the same turn of the event loop goes along.
      setImmediate(() => {
        this.scheduled = false;
        this.begin();
      });
    });
  }

  private begin(overtaking = false): void {
    if (this.waiting.length === 0 || this.underWay === LANES) return;
    if (this.underWay > 0 && !overtaking) {
      this.slow ??= setTimeout(() => {
        this.slow = undefined;
        this.begin(true);
      }, SLOW_MS);
      return;
    }
    const batch = this.take();
    if (batch.length > 0) void this.run(batch);
  }

  private async run(batch: Waiting<Call, Result>[]): Promise<void> {
    this.underWay++;
    for (const { key } of batch) this.keys.add(key);
    try {
      const results = batch.length > 1 ? await this.work.many(batch.map(({ call }) => call)) : undefined;
      if (results) batch.forEach(({ resolve }, at) => resolve(results[at] as Result));
      else await Promise.all(batch.map(({ call, resolve, reject }) => this.work.one(call).then(resolve, reject)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const { key } of batch) this.keys.delete(key);
      this.underWay--;
      clearTimeout(this.slow);
      this.slow = undefined;
      this.begin();
    }
  }

  /** The oldest, without those whose key is under way or has been taken for one before. */
  private take(): Waiting<Call, Result>[] {
    const taken: Waiting<Call, Result>[] = [];
    const left: Waiting<Call, Result>[] = [];
    const passed = new Set(this.keys);
    let weight = 0;
    for (const one of this.waiting) {
      const fits = taken.length < MOST_CALLS && !passed.has(one.key);
      weight += fits ? this.work.weightOf(one.call) : 0;
      passed.add(one.key);
      if (fits && (taken.length === 0 || weight <= MOST_WEIGHT)) taken.push(one);
      else left.push(one);
    }
    this.waiting = left;
    return taken;
  }
}
