import { isDeepStrictEqual } from 'node:util';
import type { EmbeddingsProvider, Logger, ProviderHandle } from '@openclaw/core';
import type { ConfiguredProvider, GatewayConfig } from '../config/index.js';
import { createRunner, type OpenedRunner } from './create-runner.js';

type Settings = GatewayConfig['providerList'][number];

interface Entry extends OpenedRunner {
  settings: Settings;
}

/** One runner per configured provider; follows the configuration without disturbing what runs. */
export class ProviderPool {
  private entries = new Map<string, Entry>();

  constructor(private readonly logger: Logger) {}

  /** Opens what is new or changed, keeps the rest, and lets go of what is gone once its last run has ended. */
  async load(providers: readonly Settings[]): Promise<void> {
    const before = this.entries;
    const after = new Map<string, Entry>();
    for (const settings of providers) {
      const old = before.get(settings.name);
      const kept = old && isDeepStrictEqual(old.settings, settings) ? old : undefined;
      after.set(settings.name, kept ?? { settings, ...(await createRunner(settings as ConfiguredProvider)) });
    }
    this.entries = after;
    for (const [name, entry] of before) if (after.get(name) !== entry) this.letGo(entry);
  }

  get(name: string): ProviderHandle | undefined {
    const entry = this.entries.get(name);
    return entry && { runner: entry.runner, maxRetries: entry.settings.max_retries, kind: entry.settings.type };
  }

  /** Of the first provider that has a model for it, else the one that memory uses. */
  embeddings(ofMemory: GatewayConfig['memory']['embeddings']): EmbeddingsProvider | undefined {
    for (const { embedder, settings } of this.entries.values()) {
      const { name, type, embeddings_model: model } = settings;
      if (embedder && model !== undefined) return { embedder, model, provider: name, kind: type };
    }
    return this.memoryEmbeddings(ofMemory);
  }

  memoryEmbeddings(ofMemory: GatewayConfig['memory']['embeddings']): EmbeddingsProvider | undefined {
    const entry = ofMemory && this.entries.get(ofMemory.provider);
    if (!ofMemory || !entry?.embedder) return undefined;
    const { model, provider, dimensions } = ofMemory;
    const { embedder, settings } = entry;
    return { embedder, model, provider, kind: settings.type, ...(dimensions !== undefined && { dimensions }) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.values()].map((entry) => entry.close()));
  }

  private letGo(entry: Entry): void {
    entry
      .close()
      .catch((error: unknown) =>
        this.logger.warn('a provider did not close cleanly', { provider: entry.settings.name, error }),
      );
  }
}
