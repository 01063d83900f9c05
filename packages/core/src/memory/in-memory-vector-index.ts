import type { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { cosine } from './unit-vector.js';
import {
  type EmbeddingModel,
  type EmbeddingProgress,
  type Near,
  type NearestQuery,
  type NewVector,
  type Unembedded,
  VectorIndex,
  WrongVectorLength,
} from './vector-index.js';

interface Kept {
  model: number;
  vector: Float32Array | undefined;
}

class KeptVectors {
  readonly models: string[] = [];
  readonly lengths = new Map<number, number>();
  readonly vectors = new Map<string, Kept>();
  active: { id: number; name: string } | undefined;
}

/** Of the entries of an in-memory `MemoryIndex`. */
export class InMemoryVectorIndex extends VectorIndex {
  constructor(
    private readonly index: InMemoryMemoryIndex,
    /** So many entries within the filter are each looked at. */
    private readonly exactUpTo = 10_000,
    private readonly kept = new KeptVectors(),
  ) {
    super();
  }

  /** The same vectors, but for how many entries are each looked at. */
  narrowed(exactUpTo: number): InMemoryVectorIndex {
    return new InMemoryVectorIndex(this.index, exactUpTo, this.kept);
  }

  async use({ provider, model, dimensions }: EmbeddingModel): Promise<number> {
    const key = JSON.stringify([provider, model, dimensions]);
    if (!this.kept.models.includes(key)) this.kept.models.push(key);
    this.kept.active = { id: this.kept.models.indexOf(key) + 1, name: model };
    return this.kept.active.id;
  }

  async useNone(): Promise<void> {
    this.kept.active = undefined;
  }

  async anyWaiting(): Promise<boolean> {
    return this.kept.active !== undefined && (await this.waiting(this.kept.active.id, 1)).length > 0;
  }

  async waiting(model: number, limit: number): Promise<Unembedded[]> {
    if (this.kept.active?.id !== model) return [];
    const all: Unembedded[] = [];
    for (const tenant of this.index.knownTenants) all.push(...(await this.waitingOf(tenant, model)));
    return all.sort((a, b) => Number(b.no) - Number(a.no)).slice(0, limit);
  }

  async store(model: number, vectors: NewVector[]): Promise<number> {
    if (this.kept.active?.id !== model) return 0;
    for (const { vector } of vectors) if (vector) this.agree(model, vector.length);
    for (const { tenant, no, vector } of vectors) this.kept.vectors.set(keyOf(tenant, no), { model, vector });
    return vectors.length;
  }

  async nearest(tenant: string, { model, vector, filter, limit, lexical }: NearestQuery): Promise<Near[]> {
    const wanted = this.kept.lengths.get(model);
    if (wanted !== undefined && wanted !== vector.length) throw new WrongVectorLength(vector.length, wanted);
    const known = (await this.index.list(tenant, { limit: Infinity })).map(({ no }) => no);
    const within = (await this.index.read(tenant, known, filter)).map(({ no }) => no);
    const asked = new Set(lexical);
    const near = within.flatMap((no): Near[] => {
      const found = this.kept.vectors.get(keyOf(tenant, no));
      return found?.model === model && found.vector ? [{ no, cosine: cosine(vector, found.vector) }] : [];
    });
    near.sort((a, b) => b.cosine - a.cosine);
    return near.filter(({ no }, at) => asked.has(no) || (near.length <= this.exactUpTo && at < limit));
  }

  async progress(tenant: string): Promise<EmbeddingProgress | undefined> {
    if (!this.kept.active) return undefined;
    const waiting = (await this.waitingOf(tenant, this.kept.active.id)).length;
    const entries = (await this.index.list(tenant, { limit: Infinity })).length;
    return { model: this.kept.active.name, embedded: entries - waiting, waiting };
  }

  private async waitingOf(tenant: string, model: number): Promise<Unembedded[]> {
    const entries = await this.index.list(tenant, { limit: Infinity });
    return entries
      .filter(({ no }) => this.kept.vectors.get(keyOf(tenant, no))?.model !== model)
      .map(({ no }) => ({ tenant, no }));
  }

  private agree(model: number, length: number): void {
    const wanted = this.kept.lengths.get(model) ?? length;
    if (wanted !== length) throw new WrongVectorLength(length, wanted);
    this.kept.lengths.set(model, length);
  }
}

function keyOf(tenant: string, no: string): string {
  return `${no} ${tenant}`;
}
