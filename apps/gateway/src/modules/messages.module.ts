import {
  ActiveTurns,
  AgentDirectory,
  AgentSlots,
  Backlog,
  Logger,
  Metrics,
  ModelCatalog,
  Recall,
  ResilientRunner,
  RunAcceptedTurns,
  RunTurn,
  SendMessage,
  ToolLoop,
  Tracer,
  TurnCompanions,
  TurnRelay,
  TurnStore,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { GatewayConfig, LiveConfig } from '../config/index.js';
import { derived } from '../derived.js';
import { ProviderPool } from '../providers/provider-pool.js';

/** The agents as configured now. */
export abstract class Agents {
  abstract current(): AgentDirectory;
}

export function messagesModule(live: LiveConfig): ContainerModule {
  const current = derived(live, directoryOf);
  return new ContainerModule(({ bind }) => {
    bind(Agents).toConstantValue({ current });
    bind(ActiveTurns)
      .toResolvedValue((metrics: Metrics, slots: AgentSlots) => new ActiveTurns(metrics, slots), [Metrics, AgentSlots])
      .inSingletonScope();
    bind(ProviderPool)
      .toResolvedValue((logger: Logger) => new ProviderPool(logger.child({ component: 'reasoning' })), [Logger])
      .inSingletonScope();
    bind(ResilientRunner)
      .toResolvedValue(
        (pool: ProviderPool, agents: Agents, logger: Logger, metrics: Metrics, tracer: Tracer) =>
          new ResilientRunner(
            () => ({
              provider: (name) => pool.get(name),
              fallbacksFor: (choice) => agents.current().models.fallbacksFor(choice),
            }),
            logger.child({ component: 'reasoning' }),
            undefined,
            metrics,
            tracer,
          ),
        [ProviderPool, Agents, Logger, Metrics, Tracer],
      )
      .inSingletonScope();
    bind(RunTurn)
      .toResolvedValue(
        (
          store: TurnStore,
          runner: ToolLoop,
          agents: Agents,
          active: ActiveTurns,
          logger: Logger,
          relay: TurnRelay,
          tracer: Tracer,
          recall: Recall,
        ) =>
          new RunTurn(
            store,
            runner,
            agents.current,
            active,
            logger.child({ component: 'reasoning' }),
            relay,
            tracer,
            recall,
          ),
        [TurnStore, ToolLoop, Agents, ActiveTurns, Logger, TurnRelay, Tracer, Recall],
      )
      .inSingletonScope();
    bind(SendMessage)
      .toResolvedValue(
        (store: TurnStore, runTurn: RunTurn, agents: Agents, active: ActiveTurns, logger: Logger, backlog: Backlog) =>
          new SendMessage(store, runTurn, agents.current, active, logger.child({ component: 'reasoning' }), backlog),
        [TurnStore, RunTurn, Agents, ActiveTurns, Logger, Backlog],
      )
      .inSingletonScope();
    bind(RunAcceptedTurns)
      .toResolvedValue(
        (store: TurnStore, runTurn: RunTurn, active: ActiveTurns, logger: Logger, companions: TurnCompanions) =>
          new RunAcceptedTurns(store, runTurn, active, logger.child({ component: 'reasoning' }), companions),
        [TurnStore, RunTurn, ActiveTurns, Logger, TurnCompanions],
      )
      .inSingletonScope();
  });
}

function directoryOf({ agents, models, providerList }: GatewayConfig): AgentDirectory {
  // `primary` and `fallback-1` say what a provider is for; what it is, its type does.
  const named = (name: string, type: string) => (name === 'primary' || name.startsWith('fallback-') ? type : name);
  const providers = providerList.map(({ name, type, model, models: others, fallback }) => ({
    name,
    label: named(name, type),
    model,
    models: [...others],
    fallback,
  }));
  const catalog = new ModelCatalog({ providers, aliases: { ...models.aliases }, onUnknown: models.onUnknown });
  return new AgentDirectory(
    Object.fromEntries(
      Object.entries(agents).map(([id, { model, systemPrompt, history, memory }]) => [
        id,
        { history, memory, ...(model !== undefined && { model }), ...(systemPrompt !== undefined && { systemPrompt }) },
      ]),
    ),
    catalog,
  );
}
