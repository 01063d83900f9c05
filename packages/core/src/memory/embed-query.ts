import type { EmbedTexts } from '../messages/embed-texts.js';
import { DEFAULT_AGENT } from '../messages/agent-directory.js';
import type { Logger } from '../shared/logger.js';
import { unitVector } from './unit-vector.js';
import { type EmbeddingModel, WrongVectorLength } from './vector-index.js';

/** What memory used is recorded under this name of a token. */
export const MEMORY_TOKEN = 'memory';

/** Of a query that is longer, its beginning is embedded. */
const LONGEST_QUERY = 8_000;
const TIMEOUT_MS = 2_000;
/** After so many failures one after the other nobody is asked for a while. */
const FAILURES = 3;
const PAUSE_MS = 30_000;
/** Queries of late, so that turning pages and asking again cost no call. */
const KEPT = 500;

/** How a model's endpoint has answered of late. */
interface Health {
  model: number;
  failures: number;
  closedUntil: number;
}

/** Makes vectors of queries, as long as the endpoint answers soon; one that does not is left alone for a while. */
export class EmbedQuery {
  private readonly vectors = new Map<string, Promise<Float32Array | undefined>>();
  private health: Health = { model: 0, failures: 0, closedUntil: 0 };

  constructor(
    private readonly texts: Pick<EmbedTexts, 'execute'>,
    private readonly logger: Logger,
    private readonly timeoutMs = TIMEOUT_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Of length 1; undefined when the endpoint is away, takes longer than 2 s or answers nonsense. */
  execute(tenant: string, model: EmbeddingModel & { id: number }, query: string): Promise<Float32Array | undefined> {
    // The tenant too: how fast an answer comes tells nobody what another one has asked.
    const key = JSON.stringify([tenant, model.id, query]);
    const kept = this.vectors.get(key);
    if (kept) return kept;
    // What another model's endpoint did says nothing of this one's.
    if (this.health.model !== model.id) this.health = { model: model.id, failures: 0, closedUntil: 0 };
    const { health } = this;
    if (this.now() < health.closedUntil) return Promise.resolve(undefined);
    // While it is not sure whether the endpoint is back, one call has to find out.
    if (health.failures >= FAILURES) health.closedUntil = this.now() + PAUSE_MS;
    const vector = this.embed(tenant, model, query, health).then((made) => {
      if (!made) this.vectors.delete(key);
      return made;
    });
    this.vectors.set(key, vector);
    const [oldest] = this.vectors.keys();
    if (this.vectors.size > KEPT && oldest !== undefined) this.vectors.delete(oldest);
    return vector;
  }

  private async embed(
    tenant: string,
    model: EmbeddingModel,
    query: string,
    health: Health,
  ): Promise<Float32Array | undefined> {
    try {
      const command = { tenant, token: MEMORY_TOKEN, agentId: DEFAULT_AGENT, inputs: [query.slice(0, LONGEST_QUERY)] };
      const { vectors } = await this.texts.execute(command, AbortSignal.timeout(this.timeoutMs));
      const [figures = []] = vectors;
      if (model.dimensions !== undefined && figures.length !== model.dimensions)
        throw new WrongVectorLength(figures.length, model.dimensions);
      const vector = unitVector(figures);
      if (!vector) throw new Error('the embedding of a query has no direction');
      health.failures = 0;
      health.closedUntil = 0;
      return vector;
    } catch (error) {
      health.failures++;
      if (health.failures >= FAILURES) health.closedUntil = this.now() + PAUSE_MS;
      this.logger.warn('a query could not be embedded; it is answered by words alone', {
        error,
        failures: health.failures,
      });
      return undefined;
    }
  }
}
