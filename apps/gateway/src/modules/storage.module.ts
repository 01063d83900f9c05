import type { Postgres } from '@openclaw/adapter-postgres';
import {
  AttemptStore,
  ChannelInbox,
  ChannelLinks,
  ConversationStore,
  DraftStore,
  EventLog,
  IdempotencyKeys,
  LimitStore,
  PairingStore,
  SendStore,
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
    bind(SendStore).toConstantValue(postgres.sends);
    bind(ChannelInbox).toConstantValue(postgres.inbox);
    bind(ChannelLinks).toConstantValue(postgres.links);
    bind(DraftStore).toConstantValue(postgres.drafts);
    bind(PairingStore).toConstantValue(postgres.pairings);
    bind(TurnDispatcher).toConstantValue(postgres.dispatcher);
  });
}
