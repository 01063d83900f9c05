import { type EmbeddingList, EmbeddingsRequest } from '@openclaw/contracts';
import { DEFAULT_AGENT } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { agentOf } from './addressee.js';
import { embeddingsDocs } from './embeddings.docs.js';
import { openAiBody } from './openai-body.js';
import { wrong } from './wire.js';

const MOST_INPUTS = 2_048;

export function embeddingsRoutes({ embedTexts, agents }: HttpDeps): Route[] {
  async function embed(call: ApiCall): Promise<void> {
    const body = await openAiBody(call, EmbeddingsRequest);
    const agentId = body.model === embedTexts.model ? DEFAULT_AGENT : agentOf(call, body.model, agents());
    const inputs = inputsOf(body.input);
    const token = call.principal?.name ?? '';
    const { dimensions } = body;
    const command = { tenant: call.tenant, token, agentId, inputs, ...(dimensions !== undefined && { dimensions }) };
    const { vectors, model, inputTokens } = await embedTexts.execute(command, call.signal);
    const written = body.encoding_format === 'base64' ? base64 : (vector: number[]) => vector;
    const list: EmbeddingList = {
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: written(vector) })),
      model,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    };
    call.reply(200, list);
  }

  return [{ method: 'post', path: '/v1/embeddings', scopes: ['chat'], docs: embeddingsDocs, handle: embed }];
}

function inputsOf(input: unknown): string[] | number[][] {
  if (isText(input)) return [input];
  if (Array.isArray(input) && input.length > 0 && input.length <= MOST_INPUTS) {
    if (input.every(isText)) return input;
    if (input.every(isTokens)) return input;
  }
  if (isTokens(input)) return [input];
  throw wrong('input', `a non-empty string, 1 to ${MOST_INPUTS} of them, or their token numbers`, input);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token));
}

/** 32-bit floats, little-endian on every machine. */
function base64(vector: number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((figure, no) => bytes.writeFloatLE(figure, no * 4));
  return bytes.toString('base64');
}
