import { ProviderError } from '@openclaw/core';
import type { GatewayConfig } from '../config/index.js';
import { createRunner } from '../providers/create-runner.js';
import { ok, warn, type Finding } from './finding.js';

const PATIENCE_MS = 10_000;
/** A search waits no longer than this. */
const SEARCH_PATIENCE_MS = 2_000;

/** Has one word embedded, where `memory.embeddings` is set. Without an answer memory is searched by words alone: nothing fails. */
export async function checkEmbeddings({ memory: { embeddings }, providerList }: GatewayConfig): Promise<Finding[]> {
  if (!embeddings) return [];
  const { provider: name, model, dimensions } = embeddings;
  const check = 'embeddings';
  const provider = providerList.find((one) => one.name === name);
  if (!provider) return [warn(check, `there is no provider "${name}"`, 'Correct memory.embeddings.provider.')];
  const { embedder, close } = await createRunner(provider);
  const asked = performance.now();
  try {
    if (!embedder) throw new Error(`type "${provider.type}" has no embeddings`);
    const request = { model, inputs: ['hello'], ...(dimensions !== undefined && { dimensions }) };
    const { vectors } = await embedder.embed(request, AbortSignal.timeout(PATIENCE_MS));
    const length = vectors[0]?.length ?? 0;
    const ms = Math.round(performance.now() - asked);
    if (dimensions !== undefined && length !== dimensions) {
      const advice = `Set memory.embeddings.dimensions to ${length}, or leave it out.`;
      return [warn(check, `${model} of ${name} makes vectors of ${length} figures instead of ${dimensions}`, advice)];
    }
    if (ms > SEARCH_PATIENCE_MS) {
      const advice = 'Use an endpoint that is nearer: a search waits 2 s, and is answered by words alone then.';
      return [warn(check, `${model} of ${name} took ${ms} ms`, advice)];
    }
    return [ok(check, `${model} of ${name} answers in ${ms} ms; ${length} dimensions`)];
  } catch (error) {
    const said =
      error instanceof Error && error.name !== 'TimeoutError'
        ? error.message
        : `no answer within ${PATIENCE_MS / 1_000} s`;
    return [warn(check, `memory is searched by words alone: ${said}`, adviceFor(error))];
  } finally {
    await close();
  }
}

function adviceFor(error: unknown): string {
  const status = error instanceof ProviderError ? error.status : undefined;
  return status !== undefined && status < 500
    ? 'Correct memory.embeddings: does the provider have this model, and does it take these dimensions?'
    : 'Check the provider that memory.embeddings names, and the network.';
}
