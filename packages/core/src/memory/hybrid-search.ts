import type { Logger } from '../shared/logger.js';
import type { CurrentEmbeddingModel } from './current-embedding-model.js';
import type { EmbedQuery } from './embed-query.js';
import { fuse, type Ranked } from './fuse.js';
import type { MemoryHits, MemoryQuery, SearchMemory } from './search-memory.js';
import { type EmbeddingModel, type Near, type VectorIndex, WrongVectorLength } from './vector-index.js';

/** A search waits so long for what its query means, and is answered by its words otherwise. */
const PATIENCE_MS = 2_000;
const NEAREST = 200;
const RESCORED = 1_000;

/** Finds by words and, where `memory.embeddings` is set, by meaning as well; by words alone while the endpoint is away. */
export class HybridSearch {
  constructor(
    private readonly words: Pick<SearchMemory, 'execute' | 'rank' | 'show'>,
    private readonly model: Pick<CurrentEmbeddingModel, 'get'>,
    private readonly query: Pick<EmbedQuery, 'execute'>,
    private readonly vectors: Pick<VectorIndex, 'nearest'>,
    private readonly logger: Logger,
  ) {}

  /** Best first; `lexicalOnly` where the meaning should have counted and could not be found out in time. */
  async execute(query: MemoryQuery): Promise<MemoryHits> {
    const model = await this.model.get();
    if (!model) return this.words.execute(query);
    const ranking = this.words.rank(query);
    const [words, near] = await Promise.all([
      ranking,
      within(query.patienceMs ?? PATIENCE_MS, this.near(query, model, ranking)),
    ]);
    if (!near) return { ...(await this.words.show(query, words)), lexicalOnly: true };
    return this.words.show(query, fuse(words, near));
  }

  private async near(
    { tenant, query, filter = {} }: MemoryQuery,
    model: EmbeddingModel & { id: number },
    ranking: Promise<Ranked[]>,
  ): Promise<Near[] | undefined> {
    const [vector, words] = await Promise.all([this.query.execute(tenant, model, query), ranking]);
    if (!vector) return undefined;
    const lexical = words.slice(0, RESCORED).map(({ no }) => no);
    try {
      return await this.vectors.nearest(tenant, { model: model.id, vector, filter, limit: NEAREST, lexical });
    } catch (error) {
      if (!(error instanceof WrongVectorLength)) throw error;
      this.logger.error('memory is searched by words alone', { error });
      return undefined;
    }
  }
}

/** What the work comes to, or undefined when that takes longer. */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  // One that fails after its time has been given up.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
