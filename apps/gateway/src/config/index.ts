export { ConfigService } from './config-service.js';
export { checkEnvironmentExample } from './reference/environment-example.js';
export { knownVariables, type KnownVariable } from './environment.js';
export { LiveConfig, type ConfigChange, type ConfigListener, type WatchHandlers } from './live-config.js';
export type { Flags } from './layer.js';
export { findSources, type ConfigOptions, type ConfigSources } from './load-config.js';
export {
  ensureOperatorToken,
  generateOperatorToken,
  operatorTokenFile,
  readOperatorToken,
  type OperatorToken,
} from './operator-token.js';
export { ConfigError, type ConfigProblem } from './problem.js';
export { REDACTED, redact, secretsIn } from './redact.js';
export type { ConfiguredProvider, GatewayConfig } from './resolve.js';
export { readPairs } from './schema/telemetry.js';
export {
  openSecretBox,
  readSecretKey,
  SecretBox,
  secretBoxOpener,
  secretKeyFile,
  WrongSecretKey,
} from './secret-box.js';
export { ensurePrivateFile } from './private-file.js';
export { patchOf, unknownPath } from './setting-path.js';
export { StoredSettings } from './stored-settings.js';
