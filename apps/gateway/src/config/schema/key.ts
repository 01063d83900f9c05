import * as z from 'zod';

/** What the schema knows of a key beyond its values. `secret` and `restart` hold for everything below the key too. */
export interface KeyMeta {
  /** For the reference page: one or two sentences. */
  about?: string;
  /** Never shown; encrypted where it is stored. */
  secret?: true;
  /** Read once at start; a change waits for the next start. */
  restart?: true;
  /** Needed before the database is open, so it cannot be stored there: files and environment only. */
  bootstrap?: true;
  /** What is wanted, in words, where the type alone does not say it. */
  wanted?: string;
  /** The default in words, where it is worked out from other things. */
  standard?: string;
}

const registry = z.registry<KeyMeta>();

/** Adds to what is known of a schema; gives the same schema back. */
export function describe<S extends z.ZodType>(schema: S, meta: KeyMeta): S {
  registry.add(schema, { ...registry.get(schema), ...meta });
  return schema;
}

/** A key of the configuration, with its line for the reference page. */
export function key<S extends z.ZodType>(about: string, schema: S, more: Omit<KeyMeta, 'about'> = {}): S {
  return describe(schema, { about, ...more });
}

/** An object in which an unknown key is an error, and which is there with its defaults when nobody wrote it: so no member may be required. */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape).prefault({} as never);
}

/** The schema inside `.optional()`, `.default()` and the like, and everything said about it on any level; the outer word wins. */
export function unwrap(schema: z.ZodType): { inner: z.ZodType; meta: KeyMeta; fallback?: unknown } {
  const own = registry.get(schema) ?? {};
  if (schema instanceof z.ZodOptional) return outer(own, unwrap(schema.def.innerType as z.ZodType));
  if (schema instanceof z.ZodDefault)
    return { ...outer(own, unwrap(schema.def.innerType as z.ZodType)), fallback: schema.def.defaultValue };
  if (schema instanceof z.ZodPrefault) return outer(own, unwrap(schema.def.innerType as z.ZodType));
  // What is rewritten first (`preprocess`) is known by what it is afterwards.
  if (schema instanceof z.ZodPipe) return outer(own, unwrap(schema.def.out as z.ZodType));
  return { inner: schema, meta: own };
}

function outer(own: KeyMeta, inside: { inner: z.ZodType; meta: KeyMeta; fallback?: unknown }) {
  return { ...inside, meta: { ...inside.meta, ...own } };
}
