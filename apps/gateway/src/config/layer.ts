import * as z from 'zod';
import { variablesThatSetKeys } from './environment.js';
import {
  cloneValue,
  findUnsafeKey,
  formatPath,
  isPlainObject,
  setAt,
  valueAt,
  type Path,
  type PlainObject,
} from './path.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { lookUp } from './schema/look-up.js';
import { substitute, type Environment } from './substitute.js';

export type LayerKind = 'file' | 'stored' | 'environment' | 'flags';

/** One source of values. Later layers win over earlier ones. */
export interface Layer {
  kind: LayerKind;
  values: PlainObject;
  /** Who gave the value there, in words: a file's path, a variable's name. */
  sourceOf(path: Path): string;
  /** What could not be filled in from the environment. */
  holes?: readonly Hole[];
}

/** A text that stands there as it was written, because what it refers to is missing. */
export interface Hole {
  path: Path;
  problem: ConfigProblem;
}

export const STORED_SOURCE = 'stored settings (PUT /config, openclaw config set)';

/** A file's values with the environment put in, and what it lacks for that. Throws `ConfigError` for a forbidden key. */
export function fileLayer(file: string, raw: PlainObject, environment: Environment): Layer {
  const holes: Hole[] = [];
  const unsafe = findUnsafeKey(raw);
  if (unsafe) throw new ConfigError([unsafeKey(file, unsafe)]);
  const complain = (path: Path, got: string, wanted: string) =>
    holes.push({
      path,
      problem: {
        file,
        path: formatPath(path),
        got,
        wanted,
        message: `${formatPath(path)}: got ${got}; wanted ${wanted}`,
      },
    });
  const values = substitute(raw, {
    environment,
    coerce,
    onMissing: (path, name) =>
      complain(
        path,
        `\${${name}}, but the environment variable ${name} is not set`,
        `${name} to be set, or \${${name}:-default}`,
      ),
    onMalformed: (path, reference) =>
      complain(path, reference, '${NAME} or ${NAME:-default}, or $${ for the characters themselves'),
  });
  return { kind: 'file', values: isPlainObject(values) ? values : {}, sourceOf: () => file, holes };
}

function unsafeKey(file: string, path: Path): ConfigProblem {
  const name = formatPath(path);
  return {
    file,
    path: name,
    got: 'a forbidden key',
    wanted: 'another name',
    message: `${name}: this name is forbidden as a key`,
  };
}

export function storedLayer(values: PlainObject): Layer {
  return { kind: 'stored', values: bothPorts(values), sourceOf: () => STORED_SOURCE };
}

export function environmentLayer(environment: Environment): Layer {
  const values: PlainObject = {};
  const names = new Map<string, string>();
  for (const { name, path, text } of variablesThatSetKeys(environment)) {
    setAt(values, path, coerce(path, text));
    names.set(formatPath(path), name);
  }
  names.set('api.port', names.get('gateway.port') ?? '');
  return {
    kind: 'environment',
    values: bothPorts(values),
    sourceOf: (path) => `environment variable ${names.get(formatPath(path)) ?? ''}`.trim(),
  };
}

/** What the command line says. */
export interface Flags {
  port?: string | number;
  bind?: string;
  /** One file to use instead of the two standard ones. */
  config?: string;
  /** What the console gets: `logging.console`. */
  console?: string;
}

export function flagsLayer(flags: Flags): Layer {
  const values: PlainObject = {};
  if (flags.port !== undefined) setAt(values, ['gateway', 'port'], coerce(['gateway', 'port'], String(flags.port)));
  if (flags.bind !== undefined) setAt(values, ['gateway', 'bind'], flags.bind);
  if (flags.console !== undefined) setAt(values, ['logging', 'console'], flags.console);
  return { kind: 'flags', values: bothPorts(values), sourceOf: (path) => `command line --${path.at(-1) ?? ''}` };
}

/** The port has two names, and a layer above the files means both when it sets one: it has to win over either. */
function bothPorts(values: PlainObject): PlainObject {
  const port = valueAt(values, ['gateway', 'port']);
  const alias = valueAt(values, ['api', 'port']);
  if ((port === undefined) === (alias === undefined)) return values;
  const copy = cloneValue(values);
  setAt(copy, ['gateway', 'port'], port ?? alias);
  setAt(copy, ['api', 'port'], alias ?? port);
  return copy;
}

/** A text from outside as the number or the boolean that the key wants; as it is where it is neither. */
function coerce(path: Path, text: string): unknown {
  const schema = lookUp(path)?.schema;
  if (schema instanceof z.ZodNumber) return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (schema instanceof z.ZodBoolean) return BOOLEANS.get(text.trim().toLowerCase()) ?? text;
  return text;
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);
