// The entry: for the command line, and for whoever runs a gateway within a program. The gateway itself, and with it the database, HTTP
// and log libraries, is loaded when it is called for, since most commands have no need of it.
import type { CheckedBackup, MadeBackup } from '@openclaw/adapter-postgres';
import type { TailSettings } from '@openclaw/adapter-winston';
import type { LogEntry } from '@openclaw/core';
import type { MakeBackup, Restored, RestoreFrom } from './backups.js';
import type { ConfigOptions } from './config/index.js';
import type { Finding } from './doctor/finding.js';
import type { EffectiveConfig } from './effective-config.js';
import type { ConfigSession } from './config-session.js';
import type { OperatorSession } from './operator-session.js';
import type { RunningGateway } from './start-gateway.js';
import { StderrLogger } from './stderr-logger.js';

export {
  ConfigError,
  findSources,
  generateOperatorToken,
  LiveConfig,
  patchOf,
  readOperatorToken,
  unknownPath,
  type ConfigOptions,
  type ConfigProblem,
  type GatewayConfig,
  type OperatorToken,
} from './config/index.js';
export {
  LOG_COMPONENTS,
  LOG_LEVELS,
  type ApiToken,
  type LogComponent,
  type LogEntry,
  type LogLevel,
} from '@openclaw/core';
export type { CheckedBackup, MadeBackup } from '@openclaw/adapter-postgres';
export type { MakeBackup, Restored, RestoreFrom } from './backups.js';
export type { ConfigSession } from './config-session.js';
export type { Finding } from './doctor/finding.js';
export type { EffectiveConfig } from './effective-config.js';
export { localUrl } from './local-url.js';
export type { OperatorSession } from './operator-session.js';
export type { RunningGateway } from './start-gateway.js';
export { VERSION } from './version.js';

/** See start-gateway.ts. */
export async function startGateway(options: ConfigOptions): Promise<RunningGateway> {
  return (await import('./start-gateway.js')).startGateway(options);
}

/** See run-gateway.ts. */
export async function runGateway(options: ConfigOptions, announce: (gateway: RunningGateway) => void): Promise<number> {
  return (await import('./run-gateway.js')).runGateway(options, announce);
}

/** See operator-session.ts. */
export async function openOperatorSession(options: ConfigOptions): Promise<OperatorSession> {
  return (await import('./operator-session.js')).openOperatorSession(options, new StderrLogger());
}

/** See config-session.ts. */
export async function openConfigSession(options: ConfigOptions): Promise<ConfigSession> {
  return (await import('./config-session.js')).openConfigSession(options, new StderrLogger());
}

/** See effective-config.ts. */
export async function readEffectiveConfig(options: ConfigOptions): Promise<EffectiveConfig> {
  return (await import('./effective-config.js')).EffectiveConfig.read(options, new StderrLogger());
}

/** See tailLogFile in packages/adapters/winston. */
export async function* readLogs(dir: string, settings: TailSettings): AsyncGenerator<LogEntry, void, undefined> {
  yield* (await import('@openclaw/adapter-winston')).tailLogFile(dir, settings);
}

/** See explain-failure.ts. */
export async function explainFailure(error: unknown): Promise<string | undefined> {
  return (await import('./explain-failure.js')).explainFailure(error);
}

/** See doctor/diagnose.ts. */
export async function* diagnose(options: ConfigOptions): AsyncGenerator<Finding, void, undefined> {
  yield* (await import('./doctor/diagnose.js')).diagnose(options, new StderrLogger());
}

/** See backups.ts. */
export async function makeBackup(options: ConfigOptions, backup: MakeBackup): Promise<MadeBackup> {
  return (await import('./backups.js')).makeBackup(options, backup);
}

/** See backups.ts. */
export async function verifyBackup(path: string, signal?: AbortSignal): Promise<CheckedBackup> {
  return (await import('./backups.js')).verifyBackup(path, signal);
}

/** See backups.ts. */
export async function restoreFrom(options: ConfigOptions, restore: RestoreFrom): Promise<Restored> {
  return (await import('./backups.js')).restoreFrom(options, restore);
}
