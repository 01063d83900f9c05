import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DataFolderLock } from '@openclaw/adapter-embedded-postgres';
import { Postgres } from '@openclaw/adapter-postgres';
import { PrometheusMetrics } from '@openclaw/adapter-prometheus';
import { SignedHttp } from '@openclaw/adapter-signed-http';
import { type ClosableLogger, createLogger } from '@openclaw/adapter-winston';
import {
  ActiveTurns,
  AgentSkills,
  CompactMemory,
  ConfigureWebhooks,
  DeliverWebhooks,
  EmbedMemory,
  EventFeed,
  IndexMemory,
  LearnFacts,
  RateLimiter,
  RunAcceptedTurns,
  SkillCatalog,
  SkillRuntime,
  SumUpSegments,
  type Tracer,
  TurnDispatcher,
  UsageRecorder,
  WatchEmbeddings,
} from '@openclaw/core';
import {
  type ConfigOptions,
  ConfigService,
  ensureOperatorToken,
  type GatewayConfig,
  LiveConfig,
  readPairs,
  type OperatorToken,
  secretBoxOpener,
  secretsIn,
  StoredSettings,
} from './config/index.js';
import { RunChannels } from './channels/run-channels.js';
import { createContainer } from './container.js';
import { derived } from './derived.js';
import { HTTP_SERVER } from './modules/http.module.js';
import { socketGauge } from './modules/metrics.module.js';
import { openTracer } from './modules/tracing.module.js';
import { ProviderPool } from './providers/provider-pool.js';
import { chooseEngineSoon } from './skills/choose-engine-soon.js';
import { skillSecrets } from './skills/skill-settings.js';
import { startEmbedding } from './start-embedding.js';
import { startWebhooks } from './start-webhooks.js';
import { type DatabasePlace, openDatabasePlace } from './storage.js';

/** A gateway that serves. */
export interface RunningGateway {
  /** Where it listens, e.g. `http://127.0.0.1:18789`. */
  url: string;
  config: GatewayConfig;
  operator: OperatorToken | undefined;
  /** Takes no new turns, lets the running ones finish (`gateway.drainMs`), and closes everything, the database last. */
  stop(): Promise<void>;
  /** What must not outlive this process is told to end; nothing is waited for. */
  abandon(): void;
}

const STORED_POLL_MS = 1_000;
const HTTP_GRACE_MS = 2_000;

/**
 * Brings the gateway up: configuration, data folder, database, what was stored, then the doors. Whatever was opened is closed again when
 * a later step fails. Throws `ConfigError`, `DataFolderInUse`, `EmbeddedPostgresError` with what to do.
 */
export async function startGateway(options: ConfigOptions): Promise<RunningGateway> {
  const opened = new AsyncDisposableStack();
  try {
    const live = await LiveConfig.load(options);
    const lock = DataFolderLock.acquire(live.current.home);
    opened.defer(() => lock.release());
    const logger = openLogger(live);
    opened.defer(() => logger.close());

    const { tracer, close: closeTracer } = await openTracer(live.current, logger);
    opened.defer(closeTracer);

    const place = await openDatabasePlace(live.current, logger);
    opened.defer(() => place.release());
    const postgres = await openPostgres(live, place, logger, tracer);
    opened.defer(() => postgres.close());

    const openBox = secretBoxOpener(live.current.home, options.environment);
    const stored = new StoredSettings(postgres.settings, openBox);
    await live.attach(stored);
    logger.setLevel(live.current.logging.level);
    const operator = await ensureOperatorToken(live.current.home, live.current);
    if (operator) logger.addSecret(operator.token);

    const generatedSecret = operator?.file === undefined ? undefined : operator.token;

    let port = live.current.gateway.port;
    const container = createContainer({
      live,
      logger,
      postgres,
      tracer,
      config: new ConfigService(live, stored, generatedSecret),
      openBox,
      generatedSecret,
      port: () => port,
      environment: options.environment,
    });
    const providers = container.get(ProviderPool);
    await providers.load(live.current.providerList);
    opened.defer(() => providers.close());
    opened.defer(followConfig(live, providers, logger));

    const http = container.get(HTTP_SERVER);
    const { server, close, retireSockets } = http;
    container.get(PrometheusMetrics).track(socketGauge(http));
    const skills = container.get(SkillRuntime);
    opened.defer(() => skills.close());
    const asked = { runtime: skills, catalog: container.get(SkillCatalog), skills: container.get(AgentSkills) };
    opened.defer(chooseEngineSoon(asked, () => Object.keys(live.current.agents), logger));
    const events = container.get(EventFeed);
    opened.defer(() => events.close());
    const webhooks = {
      deliver: container.get(DeliverWebhooks),
      configure: container.get(ConfigureWebhooks),
      http: container.get(SignedHttp),
    };
    opened.defer(startWebhooks(live, webhooks, logger));
    const limiter = container.get(RateLimiter);
    opened.defer(() => limiter.close());
    const active = container.get(ActiveTurns);
    const dispatcher = container.get(TurnDispatcher);
    const turns = container.get(RunAcceptedTurns);
    const drain = () => Promise.all([active.drain(live.current.gateway.drainMs), dispatcher.stop()]);
    await dispatcher.start((tenant, conversationId) => turns.execute(tenant, conversationId));
    const usage = container.get(UsageRecorder);
    opened.defer(() => usage.close());
    const channels = container.get(RunChannels);
    await channels.open();
    opened.defer(() => channels.close());
    opened.defer(async () => void (await drain()));
    opened.defer(() => channels.disconnect());
    opened.defer(await startLessons(live, postgres, container.get(LearnFacts)));
    opened.defer(await startSummaries(postgres, container.get(SumUpSegments)));
    const indexing = container.get(IndexMemory);
    indexing.start();
    opened.defer(() => indexing.close());
    opened.defer(await scheduleCompaction(live, postgres, container.get(CompactMemory)));
    opened.defer(await startEmbedding(postgres, container.get(EmbedMemory), container.get(WatchEmbeddings)));

    server.listen(port, live.current.gateway.bindAddress);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    channels.connect();
    const closing = opened.move();
    logger.info('gateway started', {
      port,
      bind: live.current.gateway.bindAddress,
      database: place.embedded ? 'embedded' : 'external',
    });
    return {
      url: `http://${hostOf(live.current.gateway.bindAddress)}:${port}`,
      config: live.current,
      operator,
      abandon: () => place.abandon(),
      stop: async () => {
        logger.info('gateway stopping');
        // Health checks are answered to the end, so that a load balancer sees what is going on.
        retireSockets();
        await channels.disconnect();
        await drain();
        await close(HTTP_GRACE_MS);
        logger.info('gateway stopped');
        await closing.disposeAsync();
      },
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

function openLogger(live: LiveConfig): ClosableLogger {
  const { logging } = live.current;
  return createLogger({
    level: logging.level,
    console: logging.console,
    ...(logging.file && { file: { dir: logging.dir, maxSize: logging.maxSizeBytes, maxFiles: logging.maxFiles } }),
    secrets: derived(live, secretsOf),
  });
}

function secretsOf(config: GatewayConfig): string[] {
  const { gateway, api, providerList, channels } = config;
  const candidates = [
    gateway.auth.token,
    gateway.auth.password,
    ...api.auth.tokens.map((token) => token.token),
    api.metrics.token,
    ...providerList.map((provider) => provider.api_key),
    ...Object.values(readPairs(gateway.telemetry.headers)),
    ...api.webhooks.outgoing.map((webhook) => webhook.secret),
    ...secretsIn(channels, ['channels']),
    ...skillSecrets(config),
  ];
  return candidates.filter((secret) => secret !== undefined);
}

/** Gives the function that ends it: what runs stops between two segments. */
async function scheduleCompaction(live: LiveConfig, { compactionJobs }: Postgres, memory: CompactMemory) {
  const stopping = new AbortController();
  await compactionJobs.start(live.current.memory.compaction.schedule, (signal) =>
    memory.execute(undefined, AbortSignal.any([signal, stopping.signal])),
  );
  return async () => {
    stopping.abort();
    await compactionJobs.stop();
  };
}

/** Gives the function that ends it: a lesson that is being learned is given up, and learned by another replica or after the next start. */
async function startLessons(live: LiveConfig, { lessonJobs }: Postgres, learn: LearnFacts) {
  const stopping = new AbortController();
  const { concurrency } = live.current.memory.extract;
  const schedule = () => {
    const { enabled, delaySeconds } = live.current.memory.extract;
    return enabled ? { delaySeconds } : undefined;
  };
  await lessonJobs.start(concurrency, schedule, (tenant, conversationId, signal) =>
    learn.execute(tenant, conversationId, AbortSignal.any([signal, stopping.signal])),
  );
  return async () => {
    stopping.abort();
    await lessonJobs.stop();
  };
}

/** Gives the function that ends it, as a lesson ends. */
async function startSummaries({ summaryJobs }: Postgres, sumUp: SumUpSegments) {
  const stopping = new AbortController();
  await summaryJobs.start((signal) => sumUp.execute(AbortSignal.any([signal, stopping.signal])));
  return async () => {
    stopping.abort();
    await summaryJobs.stop();
  };
}

function openPostgres(
  live: LiveConfig,
  place: DatabasePlace,
  logger: ClosableLogger,
  tracer: Tracer,
): Promise<Postgres> {
  const settings = { url: place.url, poolSize: live.current.database.poolSize, alone: place.embedded, tracer };
  return Postgres.open(settings, logger, () => refreshStored(live, logger));
}

function refreshStored(live: LiveConfig, logger: ClosableLogger): void {
  live.refreshStored().then(
    (change) => {
      if (change) logger.info('configuration changed', { applied: change.applied, restart: change.restartPaths });
    },
    (error: unknown) => logger.warn('stored settings could not be taken over', { error }),
  );
}

/** Takes over what changes in the files, in the database and by PUT /config; gives the function that ends it. */
function followConfig(live: LiveConfig, providers: ProviderPool, logger: ClosableLogger): () => void {
  const off = live.onChange((_paths, config) => {
    logger.setLevel(config.logging.level);
    providers
      .load(config.providerList)
      .catch((error: unknown) => logger.error('the providers could not be changed', { error }));
  });
  live.watch({
    onReloaded: ({ applied, restartPaths }) =>
      logger.info('configuration file reloaded', { applied, restart: restartPaths }),
    onBroken: (error) =>
      logger.error('the configuration files can not be used as they are; the old configuration stays', { error }),
  });
  const poll = setInterval(() => refreshStored(live, logger), STORED_POLL_MS);
  return () => {
    clearInterval(poll);
    live.close();
    off();
  };
}

function hostOf(address: string): string {
  if (address === '0.0.0.0' || address === '::') return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
}
