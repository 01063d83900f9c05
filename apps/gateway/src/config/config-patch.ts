import type { FieldError } from '@openclaw/core';
import { isDeepStrictEqual } from 'node:util';
import { cloneValue, formatPath, isPlainObject, leaves, setAt, valueAt, type Path, type PlainObject } from './path.js';
import { REDACTED } from './redact.js';
import { lookUp } from './schema/look-up.js';

export interface PreparedPatch {
  /** What is to be stored: the overrides so far with the patch laid over them. */
  values: PlainObject;
  /** What the patch sends as it already is, and what was not stored therefore. */
  unchanged: { path: Path; value: unknown }[];
  errors: FieldError[];
}

export interface PatchContext {
  /** The overrides so far, secrets in the clear. */
  stored: PlainObject;
  /** The whole configuration after the next start, without the patch, secrets in the clear. */
  wanted: PlainObject;
  /** The variable or flag that wins over what is stored for a path. */
  overriddenBy(path: Path): string | undefined;
  /** Whether a value is to be stored although it is as it already is. */
  isPinned(path: Path): boolean;
}

/**
 * Lays a patch over the stored overrides. null removes an override. What is sent as it already is (a client that reads the
 * whole, changes one key and sends the whole back) is not stored, so files go on being heard; `***REDACTED***` keeps a secret.
 */
export function preparePatch(
  patch: PlainObject,
  { stored, wanted, overriddenBy, isPinned }: PatchContext,
): PreparedPatch {
  const values = cloneValue(stored);
  const errors: FieldError[] = [];
  const refuse = (path: Path, message: string) =>
    errors.push({ field: formatPath(path), message: `${formatPath(path)}: ${message}` });
  const unchanged: PreparedPatch['unchanged'] = [];
  for (const { path, value: sent } of leaves(patch)) {
    if (sent === null) {
      remove(values, path);
      continue;
    }
    const present = valueAt(wanted, path);
    const value = restoreSecrets(sent, present, path, refuse);
    const same = isDeepStrictEqual(value, present) || (isPlainObject(value) && isPlainObject(present));
    const winner = overriddenBy(path);
    if (same && (!isPinned(path) || winner !== undefined || lookUp(path)?.meta.bootstrap))
      unchanged.push({ path, value });
    else if (winner !== undefined)
      refuse(path, `the ${winner} sets this and wins over what is stored; change it there`);
    else if (lookUp(path)?.meta.bootstrap) refuse(path, BOOTSTRAP);
    else store(values, path, value);
  }
  return { values, unchanged, errors };
}

const BOOTSTRAP =
  'this is needed before the database is open, so it cannot be stored there; set it in a file or in the environment';

/** An object in the patch goes over whatever was stored on the way to it. */
function store(values: PlainObject, path: Path, value: unknown): void {
  for (let length = 1; length < path.length; length += 1) {
    const above = path.slice(0, length);
    if (!isPlainObject(valueAt(values, above))) setAt(values, above, {});
  }
  setAt(values, path, value);
}

/** Objects that lose their last member go too: they would make an entry where none is wanted. */
function remove(values: PlainObject, path: Path): void {
  if (valueAt(values, path) === undefined) return;
  setAt(values, path, undefined);
  for (let above = path.slice(0, -1); above.length > 0; above = above.slice(0, -1)) {
    const parent = valueAt(values, above);
    if (!isPlainObject(parent) || Object.keys(parent).length > 0) return;
    setAt(values, above, undefined);
  }
}

type Refuse = (path: Path, message: string) => void;

/** The value with the secrets that stand there now in the place of `***REDACTED***`. */
function restoreSecrets(value: unknown, present: unknown, path: Path, refuse: Refuse): unknown {
  if (value === REDACTED) return restoreOne(present, path, refuse);
  if (Array.isArray(value)) {
    const before = Array.isArray(present) ? present : [];
    return value.map((entry, index) =>
      restoreSecrets(entry, counterpart(entry, index, value, before), [...path, index], refuse),
    );
  }
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    restoreSecrets(member, valueAt(present, [name]), [...path, name], refuse),
  ]);
  return Object.fromEntries(members);
}

function restoreOne(present: unknown, path: Path, refuse: Refuse): unknown {
  if (!lookUp(path)?.meta.secret) refuse(path, `"${REDACTED}" keeps a secret, but this is none`);
  else if (present === undefined) refuse(path, `"${REDACTED}" keeps the secret that is set, but none is`);
  return present;
}

/**
 * The entry of the list so far that an entry goes back to: the one with the same name, or URL where entries have none; among
 * nameless ones the one at the same position, as long as none was added or taken away.
 */
function counterpart(entry: unknown, index: number, list: unknown[], before: unknown[]): unknown {
  if (!isPlainObject(entry)) return undefined;
  const identity = ['name', 'url'].find((name) => typeof entry[name] === 'string');
  if (identity !== undefined) return before.find((candidate) => valueAt(candidate, [identity]) === entry[identity]);
  return list.length === before.length ? before[index] : before.find((candidate) => sameButSecrets(entry, candidate));
}

function sameButSecrets(entry: PlainObject, candidate: unknown): boolean {
  return Object.entries(entry).every(
    ([name, value]) => value === REDACTED || isDeepStrictEqual(value, valueAt(candidate, [name])),
  );
}
