import { isDeepStrictEqual } from 'node:util';
import { isPlainObject, type Path } from './path.js';
import { lookUp } from './schema/look-up.js';

/** Where two values differ: members of objects one by one, lists as a whole. */
export function differences(before: unknown, after: unknown, path: Path = []): Path[] {
  if (!isPlainObject(before) || !isPlainObject(after)) return isDeepStrictEqual(before, after) ? [] : [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], [...path, name]));
}

/** The port's second name says nothing new. */
export function isAlias(path: Path): boolean {
  return path.length === 2 && path[0] === 'api' && path[1] === 'port';
}

export function needsRestart(path: Path): boolean {
  return lookUp(path)?.meta.restart === true;
}
