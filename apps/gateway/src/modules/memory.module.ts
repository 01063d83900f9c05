import type { Postgres } from '@openclaw/adapter-postgres';
import { TextAnalyser } from '@openclaw/adapter-text-analyser';
import {
  Analyser,
  Clock,
  CompactMemory,
  HybridSearch,
  IndexMemory,
  KeepMemory,
  Logger,
  MemoryIndex,
  Recall,
  SearchMemory,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { LiveConfig } from '../config/index.js';

export function memoryModule(live: LiveConfig, postgres: Postgres): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const component = { component: 'memory' } as const;
    bind(MemoryIndex).toConstantValue(postgres.memory);
    bind(Analyser).toConstantValue(new TextAnalyser());
    bind(SearchMemory)
      .toResolvedValue(
        (index: MemoryIndex, analyser: Analyser) => new SearchMemory(index, analyser),
        [MemoryIndex, Analyser],
      )
      .inSingletonScope();
    bind(KeepMemory)
      .toResolvedValue(
        (index: MemoryIndex, analyser: Analyser, clock: Clock) => new KeepMemory(index, analyser, clock),
        [MemoryIndex, Analyser, Clock],
      )
      .inSingletonScope();
    bind(IndexMemory)
      .toResolvedValue(
        (index: MemoryIndex, analyser: Analyser, logger: Logger) =>
          new IndexMemory(index, analyser, logger.child(component)),
        [MemoryIndex, Analyser, Logger],
      )
      .inSingletonScope();
    bind(CompactMemory)
      .toResolvedValue(
        (index: MemoryIndex, clock: Clock, logger: Logger) =>
          new CompactMemory(index, clock, logger.child(component), () => live.current.memory.compaction.afterDays),
        [MemoryIndex, Clock, Logger],
      )
      .inSingletonScope();
    bind(Recall)
      .toResolvedValue(
        (search: HybridSearch, index: MemoryIndex, logger: Logger) =>
          new Recall(search, index, logger.child(component)),
        [HybridSearch, MemoryIndex, Logger],
      )
      .inSingletonScope();
  });
}
