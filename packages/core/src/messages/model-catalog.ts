import { UnknownModel } from '../shared/errors.js';
import type { ModelChoice } from './agent-runner.js';

export interface CatalogProvider {
  name: string;
  /** What people call it, where its name only says what it is for. */
  label?: string;
  model: string;
  models: string[];
  fallback: boolean;
}

export interface ModelSettings {
  /** In order of preference; the first one is the primary. */
  providers: CatalogProvider[];
  /** Another name for a model: `alias → model or provider/model`. */
  aliases: Record<string, string>;
  /** What becomes of a name nobody knows: refused, or answered by the default model. */
  onUnknown: 'error' | 'default';
}

export interface ListedModel extends ModelChoice {
  id: string;
  /** The provider as people call it. */
  label: string;
  default: boolean;
}

/** Which models there are, and which one a name means. */
export class ModelCatalog {
  private readonly listed: ListedModel[];
  readonly default: ListedModel;

  constructor(private readonly settings: ModelSettings) {
    const [primary] = settings.providers;
    if (!primary) throw new Error('at least one provider is needed');
    const taken = new Set<string>();
    this.listed = settings.providers.flatMap((provider) =>
      [...new Set([provider.model, ...provider.models])].flatMap((model) => {
        const id = [model, `${provider.name}/${model}`].find((name) => !taken.has(name));
        // Both names mean models of providers before this one: nobody can ask for it, so it is not offered.
        if (id === undefined) return [];
        taken.add(id);
        const { name, label = name } = provider;
        return [{ id, provider: name, label, model, default: provider === primary && model === primary.model }];
      }),
    );
    const found = this.listed.find((model) => model.default);
    if (!found) throw new Error('the primary provider has no model');
    this.default = found;
  }

  list(): readonly ListedModel[] {
    return this.listed;
  }

  /** The model that a name means: an alias, `provider/model`, or an id; the first provider that has it wins. Throws `UnknownModel`. */
  resolve(name: string): ModelChoice {
    const found = this.find(name);
    if (found) return found;
    if (this.settings.onUnknown === 'default') return choiceOf(this.default);
    throw new UnknownModel(name, [...this.listed.map((model) => model.id), ...Object.keys(this.settings.aliases)]);
  }

  /** Whom to ask when a provider fails for good: each fallback provider's own model, in order. */
  fallbacksFor(choice: ModelChoice): ModelChoice[] {
    return this.settings.providers
      .filter((provider) => provider.fallback && provider.name !== choice.provider)
      .map((provider) => ({ provider: provider.name, model: provider.model }));
  }

  find(name: string): ModelChoice | undefined {
    return this.lookUp(name) ?? this.lookUp(this.settings.aliases[name]);
  }

  private lookUp(name: string | undefined): ModelChoice | undefined {
    const byId = this.listed.find((model) => model.id === name);
    if (byId) return choiceOf(byId);
    const byPath =
      this.listed.find((model) => `${model.provider}/${model.model}` === name) ??
      this.listed.find((model) => `${model.label}/${model.model}` === name);
    return byPath && choiceOf(byPath);
  }
}

function choiceOf({ provider, model }: ListedModel): ModelChoice {
  return { provider, model };
}
