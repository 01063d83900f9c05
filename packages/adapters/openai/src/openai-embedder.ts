import {
  Embedder,
  type Embeddings,
  type EmbeddingsRequest,
  ProviderClient,
  ProviderFailure,
  type ProviderTransport,
  withTrace,
} from '@openclaw/core';
import type { OpenAiSettings } from './openai-runner.js';

/** Of an answer: 2,000 vectors of 3,072 figures. */
const LONGEST_ANSWER_BYTES = 160_000_000;

/** Embeddings of OpenAI and of everybody who speaks like OpenAI. The transport is closed by whoever opened it. */
export class OpenAiEmbedder extends Embedder {
  private readonly client: ProviderClient;
  private readonly failure: ProviderFailure;
  private readonly headers: Record<string, string>;

  constructor(settings: Pick<OpenAiSettings, 'name' | 'apiKey'>, transport: ProviderTransport) {
    super();
    const key = settings.apiKey?.trim();
    this.failure = new ProviderFailure(settings.name, key);
    this.client = new ProviderClient(transport, this.failure);
    this.headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'openclaw-gateway',
      ...(key && { authorization: `Bearer ${key}` }),
    };
  }

  async embed({ model, inputs, dimensions, trace }: EmbeddingsRequest, signal: AbortSignal): Promise<Embeddings> {
    const body = { model, input: inputs, encoding_format: 'float', ...(dimensions !== undefined && { dimensions }) };
    const headers = withTrace(this.headers, trace);
    const call = { method: 'POST' as const, path: '/embeddings', headers, body: JSON.stringify(body) };
    const answer = await this.client.json(call, LONGEST_ANSWER_BYTES, signal);
    const { data, model: named, usage } = (answer ?? {}) as Answer;
    const vectors: number[][] = [];
    for (const entry of Array.isArray(data) ? data : []) {
      if (isVector(entry?.embedding)) vectors[entry.index ?? vectors.length] = entry.embedding;
    }
    if (vectors.length !== inputs.length || Object.keys(vectors).length !== inputs.length)
      throw this.failure.senseless('answered with something that is no list of embeddings');
    return {
      model: typeof named === 'string' && named !== '' ? named : model,
      vectors,
      inputTokens: typeof usage?.prompt_tokens === 'number' ? usage.prompt_tokens : 0,
    };
  }
}

/** The members read here; each may be missing, or anything, in what comes over the wire. */
interface Answer {
  data?: ({ index?: number; embedding?: unknown } | null)[];
  model?: unknown;
  usage?: { prompt_tokens?: unknown };
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((figure) => typeof figure === 'number');
}
