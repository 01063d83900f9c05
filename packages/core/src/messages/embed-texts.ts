import type { Usage } from '../conversations/conversation.js';
import { InvalidInput, Unavailable } from '../shared/errors.js';
import type { TraceContext } from '../tracing/span.js';
import { NoTracer, type Tracer } from '../tracing/tracer.js';
import type { UsageRecorder } from '../usage/usage-recorder.js';
import { type ActiveTurns, TurnAborted } from './active-turns.js';

export interface EmbeddingsRequest {
  model: string;
  /** Texts, or each text as the provider's token numbers. */
  inputs: string[] | number[][];
  /** For the provider to go on with. */
  trace?: TraceContext | undefined;
  /** How long the vectors are to be, where the model has a choice. */
  dimensions?: number;
}

export interface Embeddings {
  model: string;
  /** One for each input, in their order. */
  vectors: number[][];
  inputTokens: number;
}

/** Makes vectors of texts. One adapter per kind of provider that can. */
export abstract class Embedder {
  /** Throws `ProviderError`, and the signal's reason when it is aborted. */
  abstract embed(request: EmbeddingsRequest, signal: AbortSignal): Promise<Embeddings>;
}

export interface EmbedCommand extends Omit<EmbeddingsRequest, 'model' | 'trace'> {
  tenant: string;
  /** The caller's name, for the record of what was used. */
  token: string;
  agentId: string;
}

/** The configured embedder and its model. */
export interface EmbeddingsProvider {
  embedder: Embedder;
  model: string;
  /** How long the vectors are where the caller asks for no length of its own. */
  dimensions?: number;
  /** What the configuration calls the provider, and what kind of one it is. */
  provider: string;
  kind: string;
}

/** Has texts embedded by the configured provider. Nothing is stored but what was used. */
export class EmbedTexts {
  constructor(
    private readonly configured: () => EmbeddingsProvider | undefined,
    private readonly active: ActiveTurns,
    private readonly usage: Pick<UsageRecorder, 'record'>,
    private readonly tracer: Pick<Tracer, 'modelCall'> = new NoTracer(),
  ) {}

  /** The configured model. Throws `InvalidInput` where there is none. */
  get model(): string {
    return this.provider().model;
  }

  /** Throws `InvalidInput` where no provider is configured for it, `Unavailable` while shutting down, and `ProviderError`. */
  async execute(command: EmbedCommand, signal: AbortSignal): Promise<Embeddings> {
    const { embedder, model, provider, kind, dimensions: usual } = this.provider();
    const { tenant, token, agentId, inputs, dimensions = usual } = command;
    const controller = this.active.enter();
    const callerLeft = () => controller.abort(new TurnAborted('caller-left'));
    if (signal.aborted) callerLeft();
    else signal.addEventListener('abort', callerLeft, { once: true });
    const span = this.tracer.modelCall({ operation: 'embeddings', provider, kind, model, attempt: 1 });
    try {
      const request = { model, inputs, trace: span.context, ...(dimensions !== undefined && { dimensions }) };
      const embeddings = await embedder.embed(request, controller.signal);
      const used: Usage = { inputTokens: embeddings.inputTokens, outputTokens: 0 };
      span.end({ outcome: 'answered', model: embeddings.model, usage: used });
      this.usage.record({ tenant, token, agentId, model: embeddings.model, ...used });
      return embeddings;
    } catch (error) {
      span.end({ outcome: controller.signal.aborted ? 'abandoned' : 'failed', error });
      if (error instanceof TurnAborted && error.why === 'shutdown')
        throw new Unavailable('The gateway is shutting down', { cause: error });
      throw error;
    } finally {
      signal.removeEventListener('abort', callerLeft);
      this.active.leave(controller);
    }
  }

  private provider(): EmbeddingsProvider {
    const provider = this.configured();
    if (provider) return provider;
    throw new InvalidInput(
      'No provider is configured for embeddings; set memory.embeddings, or embeddings_model of a provider of type openai or openai-compatible',
    );
  }
}
