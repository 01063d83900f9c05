import type { Postgres } from '@openclaw/adapter-postgres';
import type { ClosableLogger } from '@openclaw/adapter-winston';
import type { Tracer } from '@openclaw/core';
import { Container } from 'inversify';
import type { ConfigOptions, ConfigService, LiveConfig, SecretBox } from './config/index.js';
import { accessModule } from './modules/access.module.js';
import { channelsModule } from './modules/channels.module.js';
import { completionsModule } from './modules/completions.module.js';
import { embeddingsModule } from './modules/embeddings.module.js';
import { eventsModule } from './modules/events.module.js';
import { httpModule } from './modules/http.module.js';
import { limitsModule } from './modules/limits.module.js';
import { lastingTurnsModule } from './modules/lasting-turns.module.js';
import { memoryModule } from './modules/memory.module.js';
import { messagesModule } from './modules/messages.module.js';
import { metricsModule } from './modules/metrics.module.js';
import { settingsModule } from './modules/settings.module.js';
import { skillsModule } from './modules/skills.module.js';
import { storageModule } from './modules/storage.module.js';
import { tracingModule } from './modules/tracing.module.js';
import { webhooksModule } from './modules/webhooks.module.js';

export interface Foundations {
  live: LiveConfig;
  config: ConfigService;
  logger: ClosableLogger;
  postgres: Postgres;
  tracer: Tracer;
  openBox: () => Promise<SecretBox>;
  generatedSecret: string | undefined;
  port: () => number;
  environment: ConfigOptions['environment'];
}

/** What was opened before there could be a container, and everything that is made of it. */
export function createContainer({
  live,
  config,
  logger,
  postgres,
  tracer,
  openBox,
  generatedSecret,
  port,
  environment,
}: Foundations): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.load(
    settingsModule(config, logger),
    storageModule(postgres),
    accessModule(live, generatedSecret),
    limitsModule(live),
    metricsModule(logger),
    tracingModule(tracer),
    memoryModule(live, postgres),
    embeddingsModule(live, postgres),
    messagesModule(live),
    skillsModule(live, postgres, environment),
    lastingTurnsModule(),
    eventsModule(),
    channelsModule(live),
    completionsModule(postgres, live),
    webhooksModule(live, postgres, openBox),
    httpModule(live, port),
  );
  return container;
}
