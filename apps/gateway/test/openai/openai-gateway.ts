import { askedOf, freshDatabase, type GatewayProcess, type ModelServer, startGateway } from '../harness/index.js';

export const TOKENS = { app: 'tok-app-0123456789', reader: 'tok-reader-0123456789', other: 'tok-other-0123456789' };

/** A gateway with OpenAI's dialect turned on, two agents and a provider that neither tries again nor has anybody to stand in. */
export async function startOpenAiGateway(model: ModelServer, database?: string): Promise<GatewayProcess> {
  const { providers } = askedOf(model, 'model-a', 'model-b') as { providers: { primary: object } };
  return startGateway({
    database: database ?? (await freshDatabase()),
    config: {
      providers: { primary: { ...providers.primary, max_retries: 0, embeddings_model: 'embed-a' } },
      gateway: { http: { endpoints: { chatCompletions: { enabled: true } } } },
      agents: { main: { systemPrompt: 'You are main.' }, beta: { model: 'model-b' } },
      api: {
        auth: {
          tokens: [
            { name: 'app', token: TOKENS.app, scope: ['chat', 'read'] },
            { name: 'reader', token: TOKENS.reader, scope: ['read'] },
            { name: 'other', token: TOKENS.other, scope: ['chat', 'read'], tenant: 'other' },
          ],
        },
      },
    },
  });
}
