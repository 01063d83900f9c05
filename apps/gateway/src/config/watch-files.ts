import { unwatchFile, watchFile, type StatsListener } from 'node:fs';

export interface WatchOptions {
  /** How often the files are looked at, in ms. */
  intervalMs?: number;
  /** How long the files have to be left alone before the change counts, in ms: an editor may write in several steps. */
  settleMs?: number;
}

/**
 * Calls `onChange` after any of the files was written, replaced, removed or appeared. The files are looked at by name: that
 * also sees what file events miss, such as a folder made later, a link turned to another file, a network or container mount.
 * Gives the function that ends it.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  { intervalMs = 500, settleMs = 150 }: WatchOptions = {},
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const listener: StatsListener = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs).unref();
  };
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, listener);
  return () => {
    clearTimeout(timer);
    for (const file of files) unwatchFile(file, listener);
  };
}
