import { Unavailable } from '@openclaw/core';

const MOST_WAITING = 200;

/** How many sandboxes may be in use at once; who comes later waits for its turn. */
export class Slots {
  private used = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: () => number) {}

  /** Gives the function that gives the place back. Rejects with the signal's reason; throws `Unavailable` when too many wait already. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.used >= this.most()) await this.turn(signal);
    else this.used++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.waiting.shift();
      if (next) next();
      else this.used--;
    };
  }

  /** The place comes from whoever leaves. */
  private turn(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= MOST_WAITING)
      throw new Unavailable('Too many skills are running; try again in a moment');
    return new Promise((resolve, reject) => {
      const leave = () => {
        const place = this.waiting.indexOf(enter);
        if (place >= 0) this.waiting.splice(place, 1);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
