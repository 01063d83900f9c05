import {
  type EmbeddingModel,
  type EmbeddingProgress,
  type Logger,
  type MemoryFilter,
  type Near,
  type NearestQuery,
  type NewVector,
  type Unembedded,
  VectorIndex,
  WrongVectorLength,
} from '@openclaw/core';
import type { Database } from '../../database.js';
import { Halfvec, halfvecText } from './halfvec.js';
import { packVector } from './packed-vector.js';
import { packedCosines } from './packed-cosines.js';
import * as sql from './statements.js';

/** So many entries within the filter are each looked at. */
const EXACT_UP_TO = 10_000;

type Numbered = { no: string } & Record<string, unknown>;

/** On plain PostgreSQL: the vectors of what is within the filter are read and compared here. With pgvector the database does it. */
export class PostgresVectorIndex extends VectorIndex {
  private halfvec: Promise<Halfvec | undefined> | undefined;
  private readonly lengths = new Map<number, number>();

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly exactUpTo = EXACT_UP_TO,
  ) {
    super();
  }

  async use({ provider, model, dimensions }: EmbeddingModel): Promise<number> {
    const values = [provider, model, dimensions ?? 0];
    const [active] = await this.database.query<{ id: number }>(sql.ACTIVE, values);
    if (active) return active.id;
    return this.database.transaction(async (client) => {
      await client.query(sql.LOCK_MODELS);
      await client.query(sql.DEACTIVATE);
      // What waited for the other model may have a vector of this one; who has not is told to wait again.
      await client.query(sql.EMPTY_QUEUE);
      const { rows } = await client.query<{ id: number }>(sql.ACTIVATE, values);
      const [activated] = rows;
      if (!activated) throw new Error('a model was made the active one, and none came back');
      return activated.id;
    });
  }

  async useNone(): Promise<void> {
    const active = await this.database.query(sql.ANY_ACTIVE);
    if (active.length === 0) return;
    await this.database.transaction(async (client) => {
      await client.query(sql.LOCK_MODELS);
      await client.query(sql.DEACTIVATE);
      await client.query(sql.EMPTY_QUEUE);
    });
  }

  async anyWaiting(): Promise<boolean> {
    const [found] = await this.database.query<{ yes: boolean }>(sql.ANY_WAITING);
    return found?.yes ?? false;
  }

  async waiting(model: number, limit: number): Promise<Unembedded[]> {
    for (;;) {
      const [filled] = await this.database.query<{ queued: boolean }>(sql.FILL, [model]);
      if (!filled || filled.queued) break;
    }
    const halfvec = await this.extension();
    await halfvec?.convert();
    const waiting = await this.database.query<Unembedded & Record<string, unknown>>(sql.WAITING, [model, limit]);
    if (waiting.length === 0) await halfvec?.index(model, await this.lengthOf(model), this.exactUpTo);
    return waiting;
  }

  async store(model: number, vectors: NewVector[]): Promise<number> {
    if (vectors.length === 0) return 0;
    const halfvec = await this.extension();
    const length = vectors.find(({ vector }) => vector)?.vector?.length;
    const known = await this.lengthOf(model);
    for (const { vector } of vectors) if (vector) agree(vector.length, known ?? length);
    if (known === undefined && length !== undefined) await this.learn(model, length);
    const values = [
      model,
      vectors.map(({ tenant }) => tenant),
      vectors.map(({ no }) => no),
      vectors.map(({ vector }) => vector && packVector(vector)),
      ...(halfvec ? [vectors.map(({ vector }) => vector && halfvecText(vector))] : []),
    ];
    return this.database.transaction(async (client) => {
      if ((await client.query(sql.HOLD_MODEL, [model])).rowCount === 0) return 0;
      return (await client.query(sql.storeStatement(halfvec !== undefined), values)).rowCount ?? 0;
    });
  }

  async nearest(tenant: string, { model, vector, filter, limit, lexical }: NearestQuery): Promise<Near[]> {
    const wanted = await this.lengthOf(model);
    if (wanted === undefined) return [];
    agree(vector.length, wanted);
    const scope = await this.scope(tenant, model, filter);
    const found = await this.compare(tenant, { model, vector, filter, limit, lexical }, scope);
    const asked = new Set(lexical);
    return found.sort((a, b) => b.cosine - a.cosine).filter(({ no }, at) => at < limit || asked.has(no));
  }

  async progress(tenant: string): Promise<EmbeddingProgress | undefined> {
    const [row] = await this.database.query<{ model: string; entries: number; waiting: number }>(sql.PROGRESS, [
      tenant,
    ]);
    return row && { model: row.model, embedded: Math.max(0, row.entries - row.waiting), waiting: row.waiting };
  }

  /** Undefined where too many are within the filter. */
  private async scope(tenant: string, model: number, filter: MemoryFilter): Promise<string[] | undefined> {
    const { text, values } = sql.scopeStatement(tenant, model, filter, this.exactUpTo + 1);
    const rows = await this.database.query<Numbered>(text, values);
    return rows.length > this.exactUpTo ? undefined : rows.map(({ no }) => no);
  }

  private async compare(
    tenant: string,
    { model, vector, filter, limit, lexical }: NearestQuery,
    scope: string[] | undefined,
  ): Promise<Near[]> {
    const halfvec = await this.extension();
    if (!halfvec || !(await halfvec.ready()) || !(scope || (await halfvec.indexed(model))))
      return packedCosines(this.database, tenant, model, vector, scope ?? (await this.within(tenant, lexical, filter)));
    const [nearest, said] = await Promise.all([
      scope
        ? halfvec.exact(tenant, model, vector, scope, limit)
        : halfvec.nearest(tenant, model, vector, filter, limit),
      this.within(tenant, lexical, filter).then((nos) => halfvec.exact(tenant, model, vector, nos, nos.length)),
    ]);
    return [...new Map([...said, ...nearest].map((near) => [near.no, near])).values()];
  }

  private async within(tenant: string, nos: string[], filter: MemoryFilter): Promise<string[]> {
    if (nos.length === 0) return [];
    const { text, values } = sql.withinStatement(tenant, nos, filter);
    return (await this.database.query<Numbered>(text, values)).map(({ no }) => no);
  }

  private async lengthOf(model: number): Promise<number | undefined> {
    const known = this.lengths.get(model);
    if (known !== undefined) return known;
    const [row] = await this.database.query<{ length: number | null }>(sql.LENGTH, [model]);
    const length = row?.length ?? undefined;
    if (length !== undefined) this.lengths.set(model, length);
    return length;
  }

  /** Of several that store the first vectors of a model at once, one says how long they are. */
  private async learn(model: number, length: number): Promise<void> {
    await this.database.query(sql.SET_LENGTH, [model, length]);
    agree(length, await this.lengthOf(model));
  }

  /** Looked for once, when vectors are wanted. */
  private extension(): Promise<Halfvec | undefined> {
    this.halfvec ??= Halfvec.setUp(this.database, this.logger).catch((error: unknown) => {
      this.halfvec = undefined;
      throw error;
    });
    return this.halfvec;
  }
}

function agree(got: number, wanted: number | undefined): void {
  if (wanted !== undefined && got !== wanted) throw new WrongVectorLength(got, wanted);
}
