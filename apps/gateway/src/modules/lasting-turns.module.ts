import {
  ActiveTurns,
  CancelTurn,
  Clock,
  FollowTurn,
  IdempotencyKeys,
  SendMessage,
  SendOnce,
  TurnRelay,
  TurnStore,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';

/** Turns that outlive the call that began them: asked for once more, followed, stopped from elsewhere. */
export function lastingTurnsModule(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(FollowTurn)
      .toResolvedValue(
        (turns: TurnStore, relay: TurnRelay, active: ActiveTurns, clock: Clock) =>
          new FollowTurn(turns, relay, active, clock),
        [TurnStore, TurnRelay, ActiveTurns, Clock],
      )
      .inSingletonScope();
    bind(CancelTurn)
      .toResolvedValue((turns: TurnStore, relay: TurnRelay) => new CancelTurn(turns, relay), [TurnStore, TurnRelay])
      .inSingletonScope();
    bind(SendOnce)
      .toResolvedValue(
        (messages: SendMessage, keys: IdempotencyKeys, follow: FollowTurn) => new SendOnce(messages, keys, follow),
        [SendMessage, IdempotencyKeys, FollowTurn],
      )
      .inSingletonScope();
  });
}
