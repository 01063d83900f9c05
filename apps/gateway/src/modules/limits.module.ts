import {
  AgentSlots,
  AttemptStore,
  Backlog,
  FailedAttempts,
  LimitStore,
  Logger,
  RateLimiter,
  TurnStore,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { LiveConfig } from '../config/index.js';

/** How much may be asked of the gateway: calls, guesses at secrets, turns at once. */
export function limitsModule(live: LiveConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(RateLimiter)
      .toResolvedValue(
        (store: LimitStore, logger: Logger) =>
          new RateLimiter(() => live.current.api.rateLimit, store, logger.child({ component: 'gateway' })),
        [LimitStore, Logger],
      )
      .inSingletonScope();
    bind(FailedAttempts)
      .toResolvedValue(
        (store: AttemptStore, logger: Logger) =>
          new FailedAttempts(() => live.current.gateway.auth.rateLimit, store, logger.child({ component: 'gateway' })),
        [AttemptStore, Logger],
      )
      .inSingletonScope();
    bind(Backlog)
      .toResolvedValue(
        (turns: TurnStore) =>
          new Backlog(
            () => live.current.gateway.maxBacklog,
            (tenant, most) => turns.waiting(tenant, most),
          ),
        [TurnStore],
      )
      .inSingletonScope();
    bind(AgentSlots).toConstantValue(
      new AgentSlots((agentId) => {
        const { agents } = live.current;
        return (Object.hasOwn(agents, agentId) ? agents[agentId] : undefined) ?? agents.main;
      }),
    );
  });
}
