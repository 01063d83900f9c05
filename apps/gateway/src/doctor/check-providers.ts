import { ProviderError } from '@openclaw/core';
import type { GatewayConfig } from '../config/index.js';
import { createRunner } from '../providers/create-runner.js';
import { fail, ok, warn, type Finding } from './finding.js';

const PATIENCE_MS = 10_000;

type Provider = GatewayConfig['providerList'][number];

/** Asks each provider for a sign of life, without spending tokens. Only the primary one is indispensable. */
export function checkProviders({ providerList }: GatewayConfig): Promise<Finding[]> {
  return Promise.all(providerList.map((provider, index) => checkProvider(provider, index === 0)));
}

async function checkProvider(provider: Provider, primary: boolean): Promise<Finding> {
  const { name, type, model } = provider;
  const check = `provider ${name}`;
  if (type === 'echo') return ok(check, 'the built-in offline model echo');
  const { runner, close } = await createRunner(provider);
  try {
    await runner.check(AbortSignal.timeout(PATIENCE_MS));
    return ok(check, `${type} answers; model ${model}`);
  } catch (error) {
    const message = error instanceof ProviderError ? error.message : `no answer within ${PATIENCE_MS / 1_000} s`;
    return primary ? fail(check, message, adviceFor(error, name)) : warn(check, message, adviceFor(error, name));
  } finally {
    await close();
  }
}

function adviceFor(error: unknown, name: string): string {
  const status = error instanceof ProviderError ? error.status : undefined;
  const path =
    name === 'primary'
      ? 'providers.primary'
      : name.startsWith('fallback-')
        ? 'providers.fallbacks'
        : `providers.${name}`;
  if (status === 401 || status === 403) return `Correct ${path}.api_key.`;
  if (status === 404) return `Correct ${path}.base_url.`;
  return `Check ${path}.base_url, the network, and the provider's own status page.`;
}
