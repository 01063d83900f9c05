import type { Postgres } from '@openclaw/adapter-postgres';
import {
  AttemptStore,
  ConversationStore,
  EventLog,
  IdempotencyKeys,
  LimitStore,
  TokenStore,
  TurnDispatcher,
  TurnRelay,
  TurnStore,
} from '@openclaw/core';
import { ContainerModule, type ServiceIdentifier } from 'inversify';

export const POSTGRES: ServiceIdentifier<Postgres> = Symbol.for('Postgres');

export function storageModule(postgres: Postgres): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(POSTGRES).toConstantValue(postgres);
    bind(ConversationStore).toConstantValue(postgres.conversations);
    bind(TokenStore).toConstantValue(postgres.tokens);
    bind(LimitStore).toConstantValue(postgres.limits);
    bind(AttemptStore).toConstantValue(postgres.attempts);
    bind(EventLog).toConstantValue(postgres.events);
    bind(TurnStore).toConstantValue(postgres.turns);
    bind(TurnRelay).toConstantValue(postgres.relay);
    bind(IdempotencyKeys).toConstantValue(postgres.idempotencyKeys);
    bind(TurnDispatcher).toConstantValue(postgres.dispatcher);
  });
}
