import { EventFeed, EventLog, Logger } from '@openclaw/core';
import { ContainerModule } from 'inversify';

export function eventsModule(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(EventFeed)
      .toResolvedValue((log: EventLog, logger: Logger) => new EventFeed(log, logger), [EventLog, Logger])
      .inSingletonScope();
  });
}
