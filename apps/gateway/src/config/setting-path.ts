import { nearest } from './nearest.js';
import { formatPath, parsePath, setAt, type PlainObject } from './path.js';
import { knownKeys, lookUp } from './schema/look-up.js';

/** What is wrong with a path, in words; undefined for a path that can be set. */
export function unknownPath(text: string): string | undefined {
  const path = parsePath(text);
  if (path.length === 0) return 'The path is empty; it looks like gateway.port';
  if (lookUp(path)) return undefined;
  const depth = path.findIndex((_, index) => lookUp(path.slice(0, index + 1)) === undefined);
  const above = path.slice(0, depth);
  const meant = nearest(path[depth] ?? '', knownKeys(above));
  const hint = meant === undefined ? '' : `; did you mean ${formatPath([...above, meant])}?`;
  return `There is no setting ${formatPath(path)}${hint}`;
}

/** The patch that sets one value: `{gateway: {port: 1}}`. */
export function patchOf(text: string, value: unknown): PlainObject {
  const patch: PlainObject = {};
  setAt(patch, parsePath(text), value);
  return patch;
}
