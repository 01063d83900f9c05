import type { Postgres } from '@openclaw/adapter-postgres';
import { TextAnalyser } from '@openclaw/adapter-text-analyser';
import {
  Analyser,
  AskModel,
  Clock,
  CompactMemory,
  HybridSearch,
  IndexMemory,
  KeepMemory,
  LearnFacts,
  LessonStore,
  Logger,
  MemoryIndex,
  Recall,
  ResilientRunner,
  SearchMemory,
  SumUpSegments,
  UsageRecorder,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { LiveConfig } from '../config/index.js';
import { Agents } from './messages.module.js';

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
          new CompactMemory(index, clock, logger.child(component), () => live.current.memory.compaction),
        [MemoryIndex, Clock, Logger],
      )
      .inSingletonScope();
    bind(LessonStore).toConstantValue(postgres.lessons);
    bind(AskModel)
      .toResolvedValue(
        (runner: ResilientRunner, agents: Agents, usage: UsageRecorder) =>
          new AskModel(runner, agents.current, usage, component.component),
        [ResilientRunner, Agents, UsageRecorder],
      )
      .inSingletonScope();
    bind(LearnFacts)
      .toResolvedValue(
        (
          lessons: LessonStore,
          search: SearchMemory,
          model: AskModel,
          analyser: Analyser,
          agents: Agents,
          logger: Logger,
        ) =>
          new LearnFacts(
            lessons,
            search,
            model,
            analyser,
            agents.current,
            () => live.current.memory.extract,
            logger.child(component),
          ),
        [LessonStore, SearchMemory, AskModel, Analyser, Agents, Logger],
      )
      .inSingletonScope();
    bind(SumUpSegments)
      .toResolvedValue(
        (model: AskModel, analyser: Analyser, logger: Logger) =>
          new SumUpSegments(postgres.summaries, model, analyser, logger.child(component)),
        [AskModel, Analyser, Logger],
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
