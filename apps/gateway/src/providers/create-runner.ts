import type { AgentRunner, Embedder } from '@openclaw/core';
import type { ConfiguredProvider } from '../config/index.js';

export interface OpenedRunner {
  runner: AgentRunner;
  /** Where the provider can have a model for embeddings. */
  embedder?: Embedder;
  /** After the last run. */
  close(): Promise<void>;
}

type Provider = Readonly<Omit<ConfiguredProvider, 'models'>>;

/** Each adapter is loaded only when a provider of its type is configured. */
export async function createRunner(provider: Provider): Promise<OpenedRunner> {
  switch (provider.type) {
    case 'echo': {
      const { EchoRunner } = await import('@openclaw/adapter-echo');
      return { runner: new EchoRunner(), close: async () => undefined };
    }
    case 'anthropic': {
      const { ANTHROPIC_BASE_URL, AnthropicRunner } = await import('@openclaw/adapter-anthropic');
      const runner = new AnthropicRunner(settingsOf(provider), await transportTo(provider, ANTHROPIC_BASE_URL));
      return { runner, close: () => runner.close() };
    }
    case 'openai':
    case 'openai-compatible': {
      const { OPENAI_BASE_URL, OpenAiEmbedder, OpenAiRunner } = await import('@openclaw/adapter-openai');
      const transport = await transportTo(provider, OPENAI_BASE_URL);
      const runner = new OpenAiRunner(settingsOf(provider), transport);
      return {
        runner,
        embedder: new OpenAiEmbedder(settingsOf(provider), transport),
        close: () => runner.close(),
      };
    }
  }
}

async function transportTo(provider: Provider, standard: string) {
  const { UndiciTransport } = await import('@openclaw/adapter-undici');
  return new UndiciTransport({
    baseUrl: provider.base_url ?? standard,
    connectTimeoutMs: provider.connect_timeout_ms,
    idleTimeoutMs: provider.timeout_ms,
  });
}

function settingsOf({ name, base_url: baseUrl, api_key: apiKey }: Provider) {
  return { name, ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== undefined && { apiKey }) };
}
