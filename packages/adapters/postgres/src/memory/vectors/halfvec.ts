import { type Logger, type MemoryFilter, type Near, Unavailable } from '@openclaw/core';
import type { Database } from '../../database.js';
import { filterClause } from '../statements.js';
import { unpackVector } from './packed-vector.js';

/** From here on an index goes on looking until it has as many as pass the filters. */
const LEAST_VERSION = [0, 8] as const;
/** What pgvector's index takes of halfvec. */
const LONGEST_INDEXED = 4_000;
const CONVERTED = 500;
/** Any number; replicas that start together take turns. */
const SET_UP_LOCK = 7_118_031;

interface Extension extends Record<string, unknown> {
  installed: string | null;
  available: string;
}

const EXTENSION = `select installed_version as installed, default_version as available from pg_available_extensions where name = 'vector'`;

/** Not `unconverted` alone: a row that can't have a vector has nothing to convert. */
const SET_UP = `create extension if not exists vector;
  alter table memory_vectors add column if not exists embedding halfvec;
  create index if not exists memory_vectors_unconverted on memory_vectors (tenant, no) where embedding is null and vector is not null;`;

const INDEX = `select 1 from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = $1 and i.indisvalid`;

/** One that is not valid broke off while it was made. */
const OTHER_INDEXES = `select c.relname as name from pg_class c join pg_index i on i.indexrelid = c.oid
  where c.relname like 'memory\\_vectors\\_hnsw\\_%' and (c.relname <> $1 or not i.indisvalid)`;

const ANY_UNCONVERTED =
  'select exists (select from memory_vectors where embedding is null and vector is not null) as yes';

const UNCONVERTED = `select tenant, no::text, vector from memory_vectors where embedding is null and vector is not null
  order by tenant, no limit ${CONVERTED} for update skip locked`;

const CONVERT = `update memory_vectors v set embedding = d.embedding::halfvec
  from unnest($1::text[], $2::bigint[], $3::text[]) as d (tenant, no, embedding) where v.tenant = d.tenant and v.no = d.no`;

const EXACT = `select v.no::text, 1 - (v.embedding <=> $3::halfvec) as cosine from memory_vectors v
  where v.tenant = $1 and v.model = $2 and v.no = any($4::bigint[]) and v.vector is not null
  order by v.embedding <=> $3::halfvec limit $5`;

/** Vectors in pgvector's form, beside our own, for databases that have the extension. */
export class Halfvec {
  private converted = false;
  private readonly indexedModels = new Set<number>();

  private constructor(private readonly database: Database) {}

  /** Undefined where the extension is missing, too old, or not ours to create; the log says which. */
  static async setUp(database: Database, logger: Logger): Promise<Halfvec | undefined> {
    const [extension] = await database.query<Extension>(EXTENSION);
    const why = whyNot(extension);
    if (why !== undefined) {
      logger.info(`vectors are searched without pgvector: ${why}`);
      return undefined;
    }
    try {
      await database.transaction(async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [SET_UP_LOCK]);
        await client.query(SET_UP);
      });
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      logger.info(
        'vectors are searched without pgvector: it is there, but could not be set up; an administrator can: create extension vector',
        { error },
      );
      return undefined;
    }
    return new Halfvec(database);
  }

  /**
   * Makes the index of this model, once a tenant has so many entries that it is used at all, and drops those of other models. Made of what
   * is there in one go: to grow it by as many vectors takes many times as long. Nobody waits for it.
   */
  async index(model: number, length: number | undefined, from: number): Promise<void> {
    if (length === undefined || length > LONGEST_INDEXED || (await this.indexed(model))) return;
    if ((await this.database.query('select 1 from memory_totals where entries > $1 limit 1', [from])).length === 0)
      return;
    const name = nameOf(model);
    const runner = this.database.source.createQueryRunner();
    try {
      const old = (await runner.query(OTHER_INDEXES, [name])) as { name: string }[];
      await runner.query('set statement_timeout = 0');
      for (const { name: other } of old) await runner.query(`drop index concurrently if exists ${other}`);
      await runner.query(hnswIndex(name, model, length));
    } finally {
      await runner.query('reset statement_timeout').catch(() => undefined);
      await runner.release();
    }
  }

  /** Whether there is an index of this model, and it is whole. */
  async indexed(model: number): Promise<boolean> {
    if (this.indexedModels.has(model)) return true;
    const found = await this.database.query(INDEX, [nameOf(model)]);
    if (found.length > 0) this.indexedModels.add(model);
    return found.length > 0;
  }

  /** Gives vectors their form that were stored before the extension was there. */
  async convert(): Promise<void> {
    while (!(await this.ready())) {
      await this.database.transaction(async (client) => {
        const { rows } = await client.query<{ tenant: string; no: string; vector: Buffer }>(UNCONVERTED);
        await client.query(CONVERT, [
          rows.map(({ tenant }) => tenant),
          rows.map(({ no }) => no),
          rows.map(({ vector }) => halfvecText(unpackVector(vector))),
        ]);
      });
    }
  }

  /** Whether every vector has it. */
  async ready(): Promise<boolean> {
    if (this.converted) return true;
    const [found] = await this.database.query<{ yes: boolean }>(ANY_UNCONVERTED);
    this.converted = found?.yes === false;
    return this.converted;
  }

  /** Of these entries each, the nearest `limit`. */
  exact(tenant: string, model: number, vector: Float32Array, nos: string[], limit: number): Promise<Near[]> {
    return this.database.query<Near & Record<string, unknown>>(EXACT, [tenant, model, halfvecText(vector), nos, limit]);
  }

  /** By the index, which goes on until so many pass the filter or it has seen 20,000. */
  async nearest(
    tenant: string,
    model: number,
    vector: Float32Array,
    filter: MemoryFilter,
    limit: number,
  ): Promise<Near[]> {
    const { text, values } = nearestStatement(tenant, model, vector, filter, limit);
    return this.database.transaction(async (client) => {
      await client.query(`set local hnsw.ef_search = ${limit}; set local hnsw.iterative_scan = relaxed_order`);
      return (await client.query<Near>(text, values)).rows;
    });
  }
}

export function halfvecText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

/** `model` and `length` are numbers of ours: an index's condition takes no parameters. */
export function hnswIndex(name: string, model: number, length: number): string {
  return `create index concurrently if not exists ${name} on memory_vectors using hnsw ((embedding::halfvec(${length})) halfvec_cosine_ops) where model = ${model}`;
}

export function nearestStatement(
  tenant: string,
  model: number,
  vector: Float32Array,
  filter: MemoryFilter,
  limit: number,
) {
  const { clause, values } = filterClause(filter, 4);
  const distance = `v.embedding::halfvec(${vector.length}) <=> $2::halfvec(${vector.length})`;
  const within =
    clause === '' ? '' : ` and exists (select from memory_index i where i.tenant = v.tenant and i.no = v.no${clause})`;
  return {
    text: `select v.no::text, 1 - (${distance}) as cosine from memory_vectors v
      where v.tenant = $1 and v.model = ${model} and v.vector is not null${within} order by ${distance} limit $3`,
    values: [tenant, halfvecText(vector), limit, ...values],
  };
}

function nameOf(model: number): string {
  return `memory_vectors_hnsw_${model}`;
}

function whyNot(extension: Extension | undefined): string | undefined {
  if (!extension) return 'the server does not have it';
  const version = extension.installed ?? extension.available;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = LEAST_VERSION;
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return enough ? undefined : `version ${version} is older than ${LEAST_VERSION.join('.')}`;
}
