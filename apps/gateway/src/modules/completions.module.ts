import type { Postgres } from '@openclaw/adapter-postgres';
import {
  ActiveTurns,
  Clock,
  CompletePrompt,
  EmbedTexts,
  Logger,
  ToolLoop,
  Tracer,
  UsageRecorder,
  UsageStore,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { LiveConfig } from '../config/index.js';
import { ProviderPool } from '../providers/provider-pool.js';
import { Agents } from './messages.module.js';

/** Prompts that callers bring whole: answered without a conversation, counted in batches. */
export function completionsModule(postgres: Postgres, live: LiveConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(UsageStore).toConstantValue(postgres.usage);
    bind(UsageRecorder)
      .toResolvedValue(
        (store: UsageStore, clock: Clock, logger: Logger) =>
          new UsageRecorder(store, clock, logger.child({ component: 'reasoning' })),
        [UsageStore, Clock, Logger],
      )
      .inSingletonScope();
    bind(CompletePrompt)
      .toResolvedValue(
        (runner: ToolLoop, agents: Agents, active: ActiveTurns, usage: UsageRecorder) =>
          new CompletePrompt(runner, agents.current, active, usage),
        [ToolLoop, Agents, ActiveTurns, UsageRecorder],
      )
      .inSingletonScope();
    bind(EmbedTexts)
      .toResolvedValue(
        (pool: ProviderPool, active: ActiveTurns, usage: UsageRecorder, tracer: Tracer) =>
          new EmbedTexts(() => pool.embeddings(live.current.memory.embeddings), active, usage, tracer),
        [ProviderPool, ActiveTurns, UsageRecorder, Tracer],
      )
      .inSingletonScope();
  });
}
