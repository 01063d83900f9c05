import type { Postgres } from '@openclaw/adapter-postgres';
import { ConversationStore, TokenStore, TurnDispatcher, TurnStore } from '@openclaw/core';
import { ContainerModule, type ServiceIdentifier } from 'inversify';

export const POSTGRES: ServiceIdentifier<Postgres> = Symbol.for('Postgres');

export function storageModule(postgres: Postgres): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(POSTGRES).toConstantValue(postgres);
    bind(ConversationStore).toConstantValue(postgres.conversations);
    bind(TokenStore).toConstantValue(postgres.tokens);
    bind(TurnStore).toConstantValue(postgres.turns);
    bind(TurnDispatcher).toConstantValue(postgres.dispatcher);
  });
}
