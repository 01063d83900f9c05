import { CHANNEL_TYPES } from '@openclaw/contracts';
import {
  AccompanyTurns,
  ActiveTurns,
  AdmitSender,
  AnswerRequest,
  ChannelInbox,
  ChannelLinks,
  ChannelOverview,
  Clock,
  DeliverSends,
  DraftStore,
  KeepChannels,
  Logger,
  ManagePairings,
  PairingStore,
  ReceiveMessage,
  SendStore,
  SendToChannel,
  TurnCompanions,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import { ChannelPool } from '../channels/channel-pool.js';
import { RunChannels } from '../channels/run-channels.js';
import type { LiveConfig } from '../config/index.js';
import { Agents } from './messages.module.js';

export function channelsModule(live: LiveConfig): ContainerModule {
  const ours = (logger: Logger) => logger.child({ component: 'channels' });
  return new ContainerModule(({ bind }) => {
    bind(ChannelPool)
      .toResolvedValue((logger: Logger) => new ChannelPool(live.current.home, logger), [Logger])
      .inSingletonScope();
    bind(DeliverSends)
      .toResolvedValue(
        (store: SendStore, pool: ChannelPool, logger: Logger) => new DeliverSends(store, pool, ours(logger)),
        [SendStore, ChannelPool, Logger],
      )
      .inSingletonScope();
    bind(SendToChannel)
      .toResolvedValue(
        (store: SendStore, delivery: DeliverSends, pool: ChannelPool, active: ActiveTurns) =>
          new SendToChannel(store, delivery, pool, active, CHANNEL_TYPES),
        [SendStore, DeliverSends, ChannelPool, ActiveTurns],
      )
      .inSingletonScope();
    bind(ReceiveMessage)
      .toResolvedValue(
        (inbox: ChannelInbox, pairings: PairingStore, agents: Agents, active: ActiveTurns, logger: Logger) =>
          new ReceiveMessage(
            inbox,
            new AdmitSender(pairings, inbox, ours(logger)),
            agents.current,
            active,
            ours(logger),
          ),
        [ChannelInbox, PairingStore, Agents, ActiveTurns, Logger],
      )
      .inSingletonScope();
    bind(KeepChannels)
      .toResolvedValue(
        (pool: ChannelPool, links: ChannelLinks, receive: ReceiveMessage, logger: Logger) =>
          new KeepChannels(pool, links, receive, ours(logger)),
        [ChannelPool, ChannelLinks, ReceiveMessage, Logger],
      )
      .inSingletonScope();
    bind(ChannelOverview)
      .toResolvedValue(
        (pool: ChannelPool, links: ChannelLinks, clock: Clock) => new ChannelOverview(pool, links, clock),
        [ChannelPool, ChannelLinks, Clock],
      )
      .inSingletonScope();
    bind(ManagePairings)
      .toResolvedValue(
        (pairings: PairingStore, pool: ChannelPool) => new ManagePairings(pairings, pool),
        [PairingStore, ChannelPool],
      )
      .inSingletonScope();
    bind(AnswerRequest)
      .toResolvedValue(
        (pool: ChannelPool, receive: ReceiveMessage) => new AnswerRequest(pool, receive),
        [ChannelPool, ReceiveMessage],
      )
      .inSingletonScope();
    bind(TurnCompanions)
      .toResolvedValue(
        (pool: ChannelPool, drafts: DraftStore, delivery: DeliverSends, logger: Logger) =>
          new AccompanyTurns(pool, drafts, delivery, ours(logger)),
        [ChannelPool, DraftStore, DeliverSends, Logger],
      )
      .inSingletonScope();
    bind(RunChannels)
      .toResolvedValue(
        (pool: ChannelPool, keeper: KeepChannels, delivery: DeliverSends, logger: Logger) =>
          new RunChannels(live, pool, keeper, delivery, ours(logger)),
        [ChannelPool, KeepChannels, DeliverSends, Logger],
      )
      .inSingletonScope();
  });
}
