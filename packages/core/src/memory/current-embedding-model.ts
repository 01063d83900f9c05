import type { EmbeddingModel, VectorIndex } from './vector-index.js';

/** The configured model and its number in the vector index; follows the configuration. */
export class CurrentEmbeddingModel {
  private known: { key: string; model: (EmbeddingModel & { id: number }) | undefined } | undefined;

  constructor(
    private readonly configured: () => EmbeddingModel | undefined,
    private readonly vectors: Pick<VectorIndex, 'use' | 'useNone'>,
  ) {}

  /** Undefined where none is configured. Costs something after a change alone. */
  async get(): Promise<(EmbeddingModel & { id: number }) | undefined> {
    const model = this.configured();
    const key = JSON.stringify(model ?? null);
    if (this.known?.key === key) return this.known.model;
    if (model === undefined) {
      await this.vectors.useNone();
      this.known = { key, model };
    } else {
      this.known = { key, model: { ...model, id: await this.vectors.use(model) } };
    }
    return this.known.model;
  }
}
