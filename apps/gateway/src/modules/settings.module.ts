import type { ClosableLogger } from '@openclaw/adapter-winston';
import { Clock, ConfigAdmin, Logger, LogReader, SystemClock } from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { ConfigService } from '../config/index.js';

export function settingsModule(config: ConfigService, logger: ClosableLogger): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(ConfigAdmin).toConstantValue(config);
    bind(Logger).toConstantValue(logger);
    bind(LogReader).toConstantValue(logger);
    bind(Clock).toConstantValue(new SystemClock());
  });
}
