import { type ModelServer, startModelServer } from '../../../../test/model-server/model-server.js';
import { later } from './cleanup.js';

export type { ModelServer };

/** A scripted model provider, closed at the end of the test file. See `ModelServer` for what it can be told. */
export async function startModel(): Promise<ModelServer> {
  const server = await startModelServer();
  later(() => server.close());
  return server;
}

/**
 * The part of a gateway's configuration that has it ask this model server: `{ ...askedOf(model), api: … }`.
 *
 * @param models the names that callers may ask for, the default one first
 */
export function askedOf(server: ModelServer, ...models: string[]): { providers: object } {
  const [model = 'model-a', ...others] = models;
  const primary = { type: 'openai-compatible', base_url: server.openAiUrl, api_key: 'sk-test', model, models: others };
  return { providers: { primary } };
}
