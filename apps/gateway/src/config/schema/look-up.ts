import * as z from 'zod';
import { isPlainObject, type Path } from '../path.js';
import { configSchema } from './config.js';
import { unwrap, type KeyMeta } from './key.js';

/** What the schema says of a place in the configuration. */
export interface Place {
  /** Undefined for what is free in shape, below `memory` for example. */
  schema?: z.ZodType;
  /** Its own words; `secret`, `restart` and `bootstrap` also from further up. */
  meta: KeyMeta;
}

/** In places of free shape only the name can tell. */
const SECRET_NAME = /token|secret|password|passphrase|api_?key|private_?key|credential/i;

/** Undefined where the schema knows no such key. */
export function lookUp(path: Path): Place | undefined {
  let { inner, meta } = unwrap(configSchema);
  for (const [depth, part] of path.entries()) {
    const below = step(inner, part);
    if (!below) return inner instanceof z.ZodUnknown ? free(path.slice(depth), meta) : undefined;
    const next = unwrap(below);
    if (next.inner instanceof z.ZodUnknown) return free(path.slice(depth), meta);
    inner = next.inner;
    meta = { ...inherited(meta), ...next.meta };
  }
  return { schema: inner, meta };
}

function free(rest: Path, meta: KeyMeta): Place {
  const secret = rest.some((part) => typeof part === 'string' && SECRET_NAME.test(part));
  return { meta: { ...inherited(meta), ...(secret && { secret }) } };
}

function inherited({ secret, restart, bootstrap }: KeyMeta): KeyMeta {
  return { ...(secret && { secret }), ...(restart && { restart }), ...(bootstrap && { bootstrap }) };
}

function step(schema: z.ZodType, part: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    const rest = schema.def.catchall as z.ZodType | undefined;
    return Object.hasOwn(shape, part) ? shape[part] : rest instanceof z.ZodNever ? undefined : rest;
  }
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

/** The keys with a name of their own there. */
export function knownKeys(path: Path): string[] {
  const schema = lookUp(path)?.schema;
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What is wanted of a value, in words. */
export function wantedOf(schema: z.ZodType | undefined): string {
  if (!schema) return 'any value';
  const { inner, meta } = unwrap(schema);
  if (meta.wanted) return meta.wanted;
  if (inner instanceof z.ZodString) return 'a text';
  if (inner instanceof z.ZodNumber) return 'a number';
  if (inner instanceof z.ZodBoolean) return 'true or false';
  if (inner instanceof z.ZodEnum) return oneOf(inner.options.map(String));
  if (inner instanceof z.ZodArray) return `a list; each entry ${wantedOf(inner.element as z.ZodType)}`;
  return 'an object';
}

function oneOf(options: string[]): string {
  const quoted = options.map((option) => `"${option}"`);
  return quoted.length === 1 ? `${quoted[0]}` : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** A copy of the configuration with only what the schema knows (without what was worked out), each leaf as `map` gives it. */
export function copyKnown(value: unknown, map: (leaf: unknown, place: Place) => unknown, path: Path = []): unknown {
  const place = lookUp(path);
  if (!place || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((entry, index) => copyKnown(entry, map, [...path, index]));
  if (!isPlainObject(value)) return map(value, place);
  const members = Object.entries(value).map(
    ([name, member]) => [name, copyKnown(member, map, [...path, name])] as const,
  );
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}
