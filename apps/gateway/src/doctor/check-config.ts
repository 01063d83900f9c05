import { existsSync } from 'node:fs';
import { type ConfigOptions, ConfigError, findSources, LiveConfig } from '../config/index.js';
import { fail, ok, type Finding } from './finding.js';

export interface CheckedConfig {
  findings: Finding[];
  /** Undefined where it cannot be used. */
  live?: LiveConfig;
}

/** Every problem is a finding of its own. */
export async function checkConfig(options: ConfigOptions): Promise<CheckedConfig> {
  try {
    const live = await LiveConfig.load(options);
    const files = findSources(options).files.filter((file) => existsSync(file));
    const sources = files.length === 0 ? 'no file; the defaults apply' : files.join(', ');
    return { live, findings: [ok('config', sources)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.problems.map(({ file, message }) => fail('config', message, `Correct it in: ${file}`));
    return { findings };
  }
}
