import type { Postgres } from '@openclaw/adapter-postgres';
import {
  ActiveTurns,
  CurrentEmbeddingModel,
  EmbedMemory,
  EmbedQuery,
  EmbedTexts,
  HybridSearch,
  Logger,
  MemoryIndex,
  SearchMemory,
  Tracer,
  UsageRecorder,
  VectorIndex,
  WatchEmbeddings,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { LiveConfig } from '../config/index.js';
import { derived } from '../derived.js';
import { ProviderPool } from '../providers/provider-pool.js';

const MEMORY_TEXTS = Symbol('the embedding of texts by the provider of memory.embeddings');

/** What memory finds by meaning, where `memory.embeddings` is set. */
export function embeddingsModule(live: LiveConfig, { vectors, embeddingJobs }: Postgres): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const component = { component: 'memory' } as const;
    const configured = derived(live, ({ memory: { embeddings } }) => {
      if (!embeddings) return undefined;
      const { provider, model, dimensions } = embeddings;
      return { provider, model, dimensions };
    });
    bind(VectorIndex).toConstantValue(vectors);
    bind(MEMORY_TEXTS)
      .toResolvedValue(
        // Nobody waits for these calls when the gateway stops: they are ended by whoever makes them.
        (pool: ProviderPool, usage: UsageRecorder, tracer: Tracer) =>
          new EmbedTexts(() => pool.memoryEmbeddings(live.current.memory.embeddings), new ActiveTurns(), usage, tracer),
        [ProviderPool, UsageRecorder, Tracer],
      )
      .inSingletonScope();
    bind(CurrentEmbeddingModel)
      .toResolvedValue((index: VectorIndex) => new CurrentEmbeddingModel(configured, index), [VectorIndex])
      .inSingletonScope();
    bind(EmbedQuery)
      .toResolvedValue(
        (texts: EmbedTexts, logger: Logger) => new EmbedQuery(texts, logger.child(component)),
        [MEMORY_TEXTS, Logger],
      )
      .inSingletonScope();
    bind(HybridSearch)
      .toResolvedValue(
        (words: SearchMemory, model: CurrentEmbeddingModel, query: EmbedQuery, index: VectorIndex, logger: Logger) =>
          new HybridSearch(words, model, query, index, logger.child(component)),
        [SearchMemory, CurrentEmbeddingModel, EmbedQuery, VectorIndex, Logger],
      )
      .inSingletonScope();
    bind(EmbedMemory)
      .toResolvedValue(
        (model: CurrentEmbeddingModel, texts: EmbedTexts, index: VectorIndex, memory: MemoryIndex, logger: Logger) =>
          new EmbedMemory(model, texts, index, memory, logger.child(component)),
        [CurrentEmbeddingModel, MEMORY_TEXTS, VectorIndex, MemoryIndex, Logger],
      )
      .inSingletonScope();
    bind(WatchEmbeddings)
      .toResolvedValue(
        (model: CurrentEmbeddingModel, index: VectorIndex, logger: Logger) =>
          new WatchEmbeddings(model, index, embeddingJobs, logger.child(component)),
        [CurrentEmbeddingModel, VectorIndex, Logger],
      )
      .inSingletonScope();
  });
}
