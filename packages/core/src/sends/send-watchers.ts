import type { Send, SendRef } from './send.js';

/** Who waits in this process for what an attempt comes to. */
export class SendWatchers {
  private readonly waiting = new Map<string, Set<(send: Send) => void>>();

  tell(send: Send): void {
    for (const heard of [...(this.waiting.get(keyOf(send)) ?? [])]) heard(send);
  }

  /** Calls back after each attempt that is noted here; gives the function that ends it. */
  watch(ref: SendRef, heard: (send: Send) => void): () => void {
    const key = keyOf(ref);
    const watchers = this.waiting.get(key) ?? new Set();
    this.waiting.set(key, watchers.add(heard));
    return () => {
      watchers.delete(heard);
      if (watchers.size === 0 && this.waiting.get(key) === watchers) this.waiting.delete(key);
    };
  }
}

function keyOf({ tenant, id }: SendRef): string {
  return `${tenant}\n${id}`;
}
