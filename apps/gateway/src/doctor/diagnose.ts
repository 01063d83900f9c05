import type { Logger } from '@openclaw/core';
import { type ConfigOptions, findSources } from '../config/index.js';
import { checkClock } from './check-clock.js';
import { checkConfig } from './check-config.js';
import { checkDataFolder } from './check-data-folder.js';
import { checkDatabase } from './check-database.js';
import { checkDisk } from './check-disk.js';
import { checkEmbeddings } from './check-embeddings.js';
import { checkNode } from './check-node.js';
import { checkPort } from './check-port.js';
import { checkProviders } from './check-providers.js';
import { checkSkills } from './check-skills.js';
import { checkStoredConfig } from './check-stored-config.js';
import { type Finding, ok } from './finding.js';

/** Looks at everything the gateway needs, each finding as soon as it is there. What cannot be looked at without an earlier thing is left out. */
export async function* diagnose(options: ConfigOptions, logger: Logger): AsyncGenerator<Finding, void, undefined> {
  const { home } = findSources(options);
  yield checkNode();
  const { findings, live } = await checkConfig(options);
  yield* findings;
  yield* await checkDataFolder(home);
  yield await checkDisk(home);
  if (!live) return;
  yield await checkPort(live.current);
  const database = await checkDatabase(live.current);
  yield* database.findings;
  const stored = database.hasSchema ? await checkStoredConfig(options, logger) : undefined;
  if (stored) yield* stored.findings;
  const config = stored?.config ?? live.current;
  yield* await checkProviders(config);
  yield* await checkEmbeddings(config);
  yield await checkSkills(config, options.environment, logger);
  const clock = await checkClock(config);
  yield* clock;
  if (clock.length > 0 || database.findings.some((finding) => finding.check === 'clock')) return;
  yield ok('clock', `says ${new Date().toISOString()}; neither a database nor a provider elsewhere to compare it with`);
}
