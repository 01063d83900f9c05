import type { MemoryFilter } from './memory-entry.js';

/** What makes vectors of texts, as it is configured. Vectors of different models are never compared. */
export interface EmbeddingModel {
  /** What the configuration calls the provider. */
  provider: string;
  model: string;
  /** How long the vectors shall be; undefined: as the model has it. */
  dimensions: number | undefined;
}

/** An entry that has no vector yet. */
export interface Unembedded {
  tenant: string;
  no: string;
}

export interface NewVector extends Unembedded {
  /** Of length 1; undefined where no vector can be made of the text: it is not asked for again. */
  vector: Float32Array | undefined;
}

export interface NearestQuery {
  /** As `use` gave it. */
  model: number;
  /** Of length 1. */
  vector: Float32Array;
  filter: MemoryFilter;
  /** Of the nearest. */
  limit: number;
  /** What the words have found within the filter, best first, at most 1,000: these are told in any case. */
  lexical: string[];
}

export interface Near {
  no: string;
  /** -1…1 */
  cosine: number;
}

export interface EmbeddingProgress {
  model: string;
  /** Indexed entries of the tenant that have a vector of this model, or can't have one; and those that wait for it. */
  embedded: number;
  waiting: number;
}

/** The model makes vectors of another length than those that are stored: whatever answers under its name is another one by now. */
export class WrongVectorLength extends Error {
  constructor(got: number, wanted: number) {
    super(
      `the embeddings have ${got} figures, and those that are stored have ${wanted}: set memory.embeddings.dimensions, or name the model anew`,
    );
    this.name = 'WrongVectorLength';
  }
}

/**
 * The vectors of what is remembered, and what finds entries by them. Entries of a `MemoryIndex` wait here for their vector from the moment
 * they are indexed, whichever way they came; and their vectors go in the transaction in which they go.
 */
export abstract class VectorIndex {
  /** Makes this the model by which is embedded and gives its number: every entry that has no vector of it waits for one. To be called again at will. */
  abstract use(model: EmbeddingModel): Promise<number>;

  /** Nothing waits any more, nor will what comes. The vectors are kept, for when their model is used again. */
  abstract useNone(): Promise<void>;

  /** Cheap at any size. */
  abstract anyWaiting(): Promise<boolean>;

  /** Entries of any tenants that wait for a vector of this model, the newest first; none where another model is used by now. */
  abstract waiting(model: number, limit: number): Promise<Unembedded[]>;

  /**
   * Stores vectors and gives how many entries wait no longer, those that are gone by now included. An entry that somebody is just
   * forgetting is left alone; with a model that is not used any more everything is. Throws `WrongVectorLength`.
   */
  abstract store(model: number, vectors: NewVector[]): Promise<number>;

  /**
   * The nearest entries within the filter, best first, and with them those of `lexical` that have a vector. Where too many are within the
   * filter to look at each of them, an implementation may look at those of `lexical` alone. Throws `WrongVectorLength`.
   */
  abstract nearest(tenant: string, query: NearestQuery): Promise<Near[]>;

  /** Undefined where no model is used. */
  abstract progress(tenant: string): Promise<EmbeddingProgress | undefined>;
}
