import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { environmentLayer, fileLayer, flagsLayer, type Flags, type Layer } from './layer.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { readConfigFile } from './read-file.js';
import type { Places } from './resolve.js';
import type { Environment } from './substitute.js';

export interface ConfigOptions {
  environment: Environment;
  flags?: Flags;
  /** The person's home folder; the environment's HOME when left out. */
  userHome?: string;
  /** What relative file names on the command line and in OPENCLAW_CONFIG are relative to; the process's folder when left out. */
  workingFolder?: string;
}

/** The files that are read, in order, whether they exist or not. */
export interface ConfigSources extends Places {
  files: string[];
  /** Whether a missing file is an error: it is where somebody named it. */
  named: boolean;
}

export function findSources({
  environment,
  flags = {},
  userHome,
  workingFolder = process.cwd(),
}: ConfigOptions): ConfigSources {
  const person = userHome ?? (environment['HOME'] || homedir());
  const expand = (path: string) =>
    resolve(
      workingFolder,
      path.replace(/^~(?=\/|$)/, () => person),
    );
  const home = environment['OPENCLAW_HOME'] ? expand(environment['OPENCLAW_HOME']) : join(person, '.openclaw');
  const named = flags.config || environment['OPENCLAW_CONFIG'];
  const files = named
    ? [expand(named)]
    : [join(home, 'gateway.yaml'), join(person, '.config', 'openclaw', 'openclaw.json5')];
  return { home, userHome: person, files, named: Boolean(named) };
}

/** The layers that the files make. Throws `ConfigError` where one cannot be read, with what is seen to be wrong in the others. */
export async function readFileLayers(sources: ConfigSources, environment: Environment): Promise<Layer[]> {
  const results = await Promise.all(sources.files.map((file) => readLayer(file, sources.named, environment)));
  if (results.some((result) => result.problems)) {
    throw new ConfigError(results.flatMap(({ layer, problems }) => problems ?? holesOf(layer)));
  }
  return results.flatMap((result) => result.layer ?? []);
}

function holesOf(layer: Layer | undefined): ConfigProblem[] {
  return layer?.holes?.map(({ problem }) => problem) ?? [];
}

interface ReadLayer {
  /** Undefined where there is no file, and none is needed. */
  layer?: Layer;
  problems?: readonly ConfigProblem[];
}

async function readLayer(file: string, named: boolean, environment: Environment): Promise<ReadLayer> {
  try {
    const raw = await readConfigFile(file);
    if (raw) return { layer: fileLayer(file, raw, environment) };
    const message = 'there is no such file';
    return named
      ? { problems: [{ file, path: '', got: 'no such file', wanted: 'a configuration file', message }] }
      : {};
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

/** What wins over every file and over what is stored. */
export function outerLayers({ environment, flags = {} }: ConfigOptions): Layer[] {
  return [environmentLayer(environment), flagsLayer(flags)];
}
