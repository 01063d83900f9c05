/** Where something stands in the configuration: `['api', 'auth', 'tokens', 0, 'name']`. */
export type Path = readonly (string | number)[];

const PLAIN = /^[A-Za-z0-9_$-]+$/;

/** `api.auth.tokens[0].name`; a key with a dot or the like is quoted: `models.aliases["qwen3.5-plus"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!PLAIN.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Reads what `formatPath` writes, and also `gateway/auth`, `/gateway/auth` and `api.auth.tokens.0.name`. */
export function parsePath(text: string): string[] {
  const parts = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^./[\]]+)/g);
  return [...parts].map(([, quoted, index, plain]) =>
    quoted === undefined ? (index ?? plain ?? '') : unquote(quoted),
  );
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

export type PlainObject = Record<string, unknown>;

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value there; undefined where there is none. Own members only. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(String(part))) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Puts a value there, making objects on the way; undefined takes it away. */
export function setAt(root: PlainObject, path: Path, value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let target: Record<string | number, unknown> = root;
  for (const part of path.slice(0, -1)) {
    const next = Object.hasOwn(target, part) ? target[part] : undefined;
    if (typeof next === 'object' && next !== null) {
      target = next as Record<string | number, unknown>;
    } else {
      if (value === undefined) return;
      const made: PlainObject = {};
      target[part] = made;
      target = made;
    }
  }
  if (value === undefined) delete target[last];
  else target[last] = value;
}

/** Visits what is no object: texts, numbers, lists as a whole, null; and objects with nothing in them. */
export function leaves(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  if (!isPlainObject(value)) return [{ path, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return path.length === 0 ? [] : [{ path, value }];
  return entries.flatMap(([name, member]) => leaves(member, [...path, name]));
}

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

/** The first key that would reach into JavaScript's own objects. */
export function findUnsafeKey(value: unknown, path: Path = []): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(name) : name];
    const found = UNSAFE.has(name) ? here : findUnsafeKey(member, here);
    if (found) return found;
  }
  return undefined;
}

/** A copy of a JSON value that shares nothing with it. */
export function cloneValue<T>(value: T): T;
export function cloneValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => cloneValue(entry));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cloneValue(member)]));
}
