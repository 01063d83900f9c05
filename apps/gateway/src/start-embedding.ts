import type { Postgres } from '@openclaw/adapter-postgres';
import type { EmbedMemory, WatchEmbeddings } from '@openclaw/core';

/** Gives the function that ends it: a call under way is broken off, and what it was for is embedded by whoever comes next. */
export async function startEmbedding(
  { embeddingJobs }: Pick<Postgres, 'embeddingJobs'>,
  memory: EmbedMemory,
  watch: WatchEmbeddings,
): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  await embeddingJobs.start((signal) => memory.execute(AbortSignal.any([signal, stopping.signal])));
  watch.start();
  return async () => {
    stopping.abort();
    await watch.close();
    await embeddingJobs.stop();
  };
}
