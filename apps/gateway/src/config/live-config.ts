import { differences, isAlias, needsRestart } from './difference.js';
import { STORED_SOURCE, storedLayer, type Layer } from './layer.js';
import { findSources, outerLayers, readFileLayers, type ConfigOptions, type ConfigSources } from './load-config.js';
import { mergeLayers, type Merged } from './merge.js';
import { cloneValue, formatPath, setAt, valueAt, type Path, type PlainObject } from './path.js';
import { ConfigError } from './problem.js';
import { freezeDeep, resolveConfig, type GatewayConfig } from './resolve.js';
import { brokenRules } from './rules.js';
import { configSchema } from './schema/config.js';
import { copyKnown } from './schema/look-up.js';
import type { OpenedSettings, StoredSettings } from './stored-settings.js';
import { validate } from './validate.js';
import { watchFiles, type WatchOptions } from './watch-files.js';

/** What a change of the configuration came to. Paths as `formatPath` writes them. */
export interface ConfigChange {
  /** In force from now on. */
  applied: string[];
  /** In force from the next start on. */
  restartPaths: string[];
}

export type ConfigListener = (changedPaths: readonly string[], config: GatewayConfig) => void;

export interface WatchHandlers extends WatchOptions {
  onReloaded?(change: ConfigChange): void;
  /** The files can't be used as they are (`ConfigError` lists why); the configuration in force stays. */
  onBroken(error: unknown): void;
}

/** A complete candidate: what the layers say, and what would be in force if it were taken over. */
interface Candidate {
  wanted: GatewayConfig;
  merged: Merged;
}

/** The configuration in force, and how it changes while the gateway runs. */
export class LiveConfig {
  readonly #listeners = new Set<ConfigListener>();
  #files: Layer[];
  #stored: OpenedSettings = { version: 0, values: {} };
  #settings: StoredSettings | undefined;
  #candidate: Candidate;
  #current: GatewayConfig;
  #queue: Promise<unknown> = Promise.resolve();
  #stopWatching: (() => void) | undefined;

  private constructor(
    private readonly options: ConfigOptions,
    readonly sources: ConfigSources,
    files: Layer[],
  ) {
    this.#files = files;
    this.#candidate = this.#assemble(files, {});
    this.#current = this.#candidate.wanted;
  }

  /** Reads files, environment and flags. Throws `ConfigError` with every problem. */
  static async load(options: ConfigOptions): Promise<LiveConfig> {
    const sources = findSources(options);
    return new LiveConfig(options, sources, await readFileLayers(sources, options.environment));
  }

  /** Frozen; a change puts another one in its place, so ask again rather than keep it. */
  get current(): GatewayConfig {
    return this.#current;
  }

  /** What will be in force after a restart: `current`, and what waits for one. */
  get wanted(): GatewayConfig {
    return this.#candidate.wanted;
  }

  /** A function that gives a part of the configuration as it is at the moment of the call. */
  slice<T>(selector: (config: GatewayConfig) => T): () => T {
    return () => selector(this.#current);
  }

  /** Calls the listener, which must not throw, after each change of what is in force. Gives the function that ends it. */
  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Puts the stored overrides on top of the files, once the database is open and before anything was built from `current`
   * but the database: what otherwise needs a restart is taken over too. Throws `ConfigError` and `WrongSecretKey`.
   */
  async attach(settings: StoredSettings): Promise<void> {
    const stored = await settings.load();
    this.#candidate = this.#assemble(this.#files, stored.values);
    this.#current = this.#candidate.wanted;
    this.#settings = settings;
    this.#stored = stored;
  }

  /** Reads the files again. Throws `ConfigError`, and everything stays, when they cannot be used. */
  reload(): Promise<ConfigChange> {
    return this.#inTurn(async () => {
      const files = await readFileLayers(this.sources, this.options.environment);
      return this.#takeOver(this.#assemble(files, this.#stored.values), () => (this.#files = files));
    });
  }

  /** Takes over what other replicas stored. Undefined when there is nothing new. */
  refreshStored(): Promise<ConfigChange | undefined> {
    return this.#inTurn(async () => {
      const stored = await this.#settings?.load();
      return stored && stored.version !== this.#stored.version ? this.#apply(stored) : undefined;
    });
  }

  /** Takes over stored overrides that were saved. Throws `ConfigError`, and everything stays, when they cannot be used. */
  applyStored(stored: OpenedSettings): Promise<ConfigChange> {
    return this.#inTurn(async () => this.#apply(stored));
  }

  /** What would be in force after a restart with these overrides. Throws `ConfigError`. */
  preview(stored: PlainObject): GatewayConfig {
    const candidate = this.#assemble(this.#files, stored);
    this.#inForceAfter(candidate);
    return candidate.wanted;
  }

  /** The variable or flag that wins over whatever is stored for this path; undefined where none does. */
  overriddenBy(path: Path): string | undefined {
    const layer = this.#candidate.merged.layerOf(path);
    const outer = layer?.kind === 'environment' || layer?.kind === 'flags';
    return outer && valueAt(layer.values, path) !== undefined ? layer.sourceOf(path) : undefined;
  }

  /** Follows the files from now on, as long as `gateway.reload` is not "off". */
  watch({ onReloaded, onBroken, ...options }: WatchHandlers): void {
    this.close();
    const reload = async (): Promise<void> => {
      try {
        if (this.#current.gateway.reload === 'off') return;
        const change = await this.reload();
        if (change.applied.length + change.restartPaths.length > 0) onReloaded?.(change);
      } catch (error) {
        onBroken(error);
      }
    };
    this.#stopWatching = watchFiles(this.sources.files, () => void reload(), options);
  }

  /** Ends the watching. */
  close(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #apply(stored: OpenedSettings): ConfigChange {
    // What was saved after this may have been taken over first.
    if (stored.version < this.#stored.version) return { applied: [], restartPaths: [] };
    return this.#takeOver(this.#assemble(this.#files, stored.values), () => (this.#stored = stored));
  }

  #assemble(files: Layer[], stored: PlainObject): Candidate {
    const merged = mergeLayers([...files, storedLayer(stored), ...outerLayers(this.options)]);
    const holes = files.flatMap((file) => file.holes ?? []);
    return { merged, wanted: freezeDeep(resolveConfig(validate(merged, holes), this.sources)) };
  }

  /** `commit` keeps what the candidate was made of, once it is sure that it can be used. */
  #takeOver(candidate: Candidate, commit: () => void): ConfigChange {
    const before = this.#current;
    const next = this.#inForceAfter(candidate);
    commit();
    this.#candidate = candidate;
    const applied = changes(before, next);
    const restartPaths = changes(next, candidate.wanted);
    if (applied.length > 0) {
      this.#current = next;
      for (const listener of this.#listeners) listener(applied, next);
    }
    return { applied, restartPaths };
  }

  /** The candidate, but with what needs a restart as it is now. */
  #inForceAfter({ wanted, merged }: Candidate): GatewayConfig {
    const now = plain(this.#current);
    const later = plain(wanted);
    const waiting = differences(now, later).filter(needsRestart);
    if (waiting.length === 0) return wanted;
    for (const path of waiting) setAt(later, path, cloneValue(valueAt(now, path)));
    const values = configSchema.parse(later);
    const broken = brokenRules(values);
    if (broken.length > 0) {
      const until = `until the restart that ${waiting
        .filter((path) => !isAlias(path))
        .map(formatPath)
        .join(', ')} needs`;
      throw new ConfigError(
        broken.map(({ path, got, wanted: goal, why }) => {
          const name = formatPath(path);
          return {
            file: merged.sourceOf(path) ?? STORED_SOURCE,
            path: name,
            got,
            wanted: goal,
            message: `${name}: ${until}: ${why}`,
          };
        }),
      );
    }
    return freezeDeep(resolveConfig(values, this.sources));
  }
}

/** Only what the schema knows, as one may change it. */
export function plain(config: GatewayConfig): PlainObject {
  return copyKnown(config, (leaf) => leaf) as PlainObject;
}

/** Where two configurations differ, as paths in words. */
export function changes(before: GatewayConfig, after: GatewayConfig): string[] {
  return differences(plain(before), plain(after))
    .filter((path) => !isAlias(path))
    .map(formatPath)
    .sort();
}
