import { askedOf, type GatewayProcess, type ModelServer, startGateway } from '../harness/index.js';
import { ARTICLE_MODEL, IntegrationArticle } from './programs.js';

/** What the documents that print no token of their own make call themselves; the operator's, here. */
export const GUIDE_TOKEN = 'YOUR_TOKEN';

/**
 * A gateway that lets the printed programs in as they are: it reads the configuration file that the integration article prints, and its
 * provider has the models that the documents ask for. Only the address has to be put in.
 *
 * @param origins of web pages, where there are any
 * @param registry of skills, likewise
 */
export function startSeedGateway(
  database: string,
  model: ModelServer,
  origins?: string[],
  registry?: string,
): Promise<GatewayProcess> {
  const ours = {
    ...askedOf(model, 'model-a', ARTICLE_MODEL, 'qwen3.5-plus'),
    skills: registry === undefined ? { engine: 'none' } : { registry },
    ...(origins && { api: { security: { cors: { origins } } } }),
  };
  return startGateway({
    database,
    files: {
      '.openclaw/gateway.yaml': JSON.stringify(ours),
      '.config/openclaw/openclaw.json5': new IntegrationArticle('002').tokensFile,
    },
    env: { OPENCLAW_GATEWAY_TOKEN: GUIDE_TOKEN },
  });
}
