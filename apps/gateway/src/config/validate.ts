import * as z from 'zod';
import { isAlias } from './difference.js';
import type { Hole } from './layer.js';
import type { Merged } from './merge.js';
import { nearest } from './nearest.js';
import { cloneValue, formatPath, setAt, valueAt, type Path, type PlainObject } from './path.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { brokenRules } from './rules.js';
import { configSchema, type ConfigValues } from './schema/config.js';
import { knownKeys, lookUp, wantedOf } from './schema/look-up.js';
import { unwrap } from './schema/key.js';

/**
 * The merged values with every default. Throws `ConfigError` with every problem: the holes, those of the schema and those between keys. Each
 * path is told of once; of a hole nothing else is known.
 */
export function validate(merged: Merged, holes: readonly Hole[] = []): ConfigValues {
  const found = holes.map(({ problem }) => problem);
  const told = new Set(holes.map(({ path }) => formatPath(path)));
  const tell = (problem: ConfigProblem) => {
    if (told.has(problem.path)) return;
    told.add(problem.path);
    found.push(problem);
  };
  const values = cloneValue(merged.values);
  let result = configSchema.safeParse(values);
  // What is wrong is cut out and the rest looked at again, so that the rules between keys have their say in the same report.
  while (!result.success) {
    // All of them before anything is cut: a list goes as a whole, and with it what the others got.
    for (const issue of result.error.issues) problemsOf(issue, merged, values).forEach(tell);
    for (const issue of result.error.issues) cutOut(values, issue);
    result = configSchema.safeParse(values);
  }
  for (const { path, got, wanted, why } of brokenRules(result.data)) {
    tell({
      file: source(merged, path),
      path: formatPath(path),
      got,
      wanted,
      message: `${formatPath(path)}: ${why}`,
    });
  }
  if (found.length > 0) throw new ConfigError(found);
  return result.data;
}

type Issue = z.core.$ZodIssue;

function pathOf(issue: Issue): (string | number)[] {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

function source(merged: Merged, path: Path): string {
  return merged.sourceOf(path) ?? 'configuration';
}

function problemsOf(issue: Issue, merged: Merged, values: PlainObject): ConfigProblem[] {
  const path = pathOf(issue);
  // What is above the files sets the port under both of its names; one report of it is enough.
  if (isAlias(path) && valueAt(values, path) === valueAt(merged.values, ['gateway', 'port'])) return [];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey(merged, path, name));
  const got = issue.code === 'invalid_key' ? JSON.stringify(path.at(-1)) : describeGot(valueAt(values, path), path);
  const wanted = wantedAt(issue, path);
  const name = formatPath(path);
  return [
    {
      file: source(merged, path),
      path: name,
      got,
      wanted,
      message: `${name || 'the file'}: got ${got}; wanted ${wanted}`,
    },
  ];
}

function unknownKey(merged: Merged, parent: Path, name: string): ConfigProblem {
  const path = [...parent, name];
  const known = knownKeys(parent);
  const meant = nearest(name, known);
  const wanted = meant === undefined ? `one of ${known.join(', ')}` : `"${meant}"`;
  const hint = meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`;
  return {
    file: source(merged, path),
    path: formatPath(path),
    got: `the unknown key "${name}"`,
    wanted,
    message: `${formatPath(path)}: unknown key; ${hint}`,
  };
}

function wantedAt(issue: Issue, path: Path): string {
  if (issue.code === 'invalid_key') {
    const parent = lookUp(path.slice(0, -1))?.schema;
    return parent instanceof z.ZodRecord ? wantedOf(parent.keyType as z.ZodType) : 'another name';
  }
  const place = lookUp(path);
  const wanted = place?.meta.wanted ?? wantedOf(place?.schema);
  return issue.code === 'too_small' && issue.origin === 'array' ? `${wanted}; at least one` : wanted;
}

/** A value in words; never a secret, nor what may be one in a place where a whole object was wanted. */
export function describeGot(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (value === '') return 'an empty text';
  const place = lookUp(path);
  const kind = typeof value === 'string' ? 'a text' : `a ${typeof value}`;
  if (place?.meta.secret) return `${kind} (not shown)`;
  const inner = place?.schema && unwrap(place.schema).inner;
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord || inner instanceof z.ZodArray) return kind;
  if (typeof value !== 'string') return String(value);
  const shown = value.replace(/\/\/[^/@\s]*@/, '//***@');
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown);
}

/** Takes the wrong value away, or where a member is missing the object that lacks it; a list goes as a whole. */
function cutOut(values: PlainObject, issue: Issue): void {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    for (const name of issue.keys) cutAt(values, [...path, name]);
  } else {
    const there = issue.code === 'invalid_key' || valueAt(values, path) !== undefined;
    cutAt(values, there ? path : path.slice(0, -1));
  }
}

function cutAt(values: PlainObject, path: Path): void {
  const list = path.findIndex((part) => typeof part === 'number');
  setAt(values, list < 0 ? path : path.slice(0, list), undefined);
}
