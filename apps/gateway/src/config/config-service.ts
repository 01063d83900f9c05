import { ConfigAdmin, Conflict, InvalidInput, type ConfigUpdate, type FieldError } from '@openclaw/core';
import { isDeepStrictEqual } from 'node:util';
import { changes, plain, type LiveConfig } from './live-config.js';
import { preparePatch, type PreparedPatch } from './config-patch.js';
import { needsRestart } from './difference.js';
import {
  findUnsafeKey,
  formatPath,
  isPlainObject,
  parsePath,
  setAt,
  valueAt,
  type Path,
  type PlainObject,
} from './path.js';
import { configuredSecret } from './operator-token.js';
import { ConfigError } from './problem.js';
import { redact } from './redact.js';
import type { GatewayConfig } from './resolve.js';
import type { StoredSettings } from './stored-settings.js';

const ATTEMPTS = 5;

/** Shows and changes the configuration in force. */
export class ConfigService extends ConfigAdmin {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly live: LiveConfig,
    private readonly settings: StoredSettings,
    /** The operator's token of the first start, which is in force for as long as none is configured. */
    private readonly generatedToken?: string,
  ) {
    super();
  }

  /** The configuration in force, every secret `***REDACTED***`; secrets that are not set are not there. */
  effective(): unknown {
    return redact(this.#whole(this.live.current));
  }

  part(path: string): unknown {
    return valueAt(this.effective(), parsePath(path));
  }

  /** With secrets: for the operator on the host only. */
  unredacted(path: string): unknown {
    return valueAt(this.#whole(this.live.current), parsePath(path));
  }

  /** With the operator's token, wherever it comes from. */
  #whole(config: GatewayConfig): PlainObject {
    const values = plain(config);
    if (this.generatedToken !== undefined && config.authEnabled && configuredSecret(config) === undefined)
      setAt(values, ['gateway', 'auth', 'token'], this.generatedToken);
    return values;
  }

  /**
   * Deep-merges the patch into the stored overrides; null removes one. Throws `InvalidInput` with every problem, and changes
   * nothing, when the whole would not be valid or when the environment or a flag wins over a value of the patch. `config` is
   * what is in force afterwards; `restartPaths` lists what of this patch waits for a restart.
   */
  update(patch: unknown): Promise<ConfigUpdate> {
    const result = this.#queue.then(() => this.#update(patch));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #update(patch: unknown): Promise<ConfigUpdate> {
    if (!isPlainObject(patch)) throw InvalidInput.field('', 'wanted an object with the keys to change');
    const unsafe = findUnsafeKey(patch);
    if (unsafe) throw InvalidInput.field(formatPath(unsafe), `${formatPath(unsafe)}: this name is forbidden as a key`);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#tryUpdate(patch);
      } catch (error) {
        // Another replica was faster: what it stored is now part of what the patch is laid over.
        if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #tryUpdate(patch: PlainObject): Promise<ConfigUpdate> {
    const stored = await this.settings.load();
    const before = invalidAsInput(() => this.live.preview(stored.values));
    const values = this.#lay(patch, stored.values, before);
    const after = invalidAsInput(() => this.live.preview(values));
    if (isDeepStrictEqual(values, stored.values)) return { config: this.effective(), applied: [], restartPaths: [] };
    const version = await this.settings.save(stored.version, values);
    await this.live.applyStored({ version, values });
    // From the patch's own two sides: what follows the stored settings may have taken this save over before us.
    const changed = changes(before, after);
    const [now, later] = [plain(this.live.current), plain(after)];
    // What takes a change back that waited for a restart needs none.
    const waits = (name: string) => {
      const path = parsePath(name);
      return needsRestart(path) && !isDeepStrictEqual(valueAt(now, path), valueAt(later, path));
    };
    return {
      config: this.effective(),
      applied: changed.filter((path) => !waits(path)),
      restartPaths: changed.filter(waits),
    };
  }

  /**
   * The overrides with the patch over them. What the patch sends as it already is stays out, unless the patch itself would make it
   * something else: defaults that are worked out from other keys move with those.
   */
  #lay(patch: PlainObject, stored: PlainObject, before: GatewayConfig): PlainObject {
    const context = { stored, wanted: this.#whole(before), overriddenBy: (path: Path) => this.live.overriddenBy(path) };
    const first = preparePatch(patch, { ...context, isPinned: () => false });
    if (first.errors.length > 0) {
      const told = new Set(first.errors.map(({ field }) => field));
      const more = this.#wrongWith(first.values).filter(({ field }) => !told.has(field));
      throw InvalidInput.fields([...first.errors, ...more]);
    }
    const moved = this.#moved(first);
    if (moved.size === 0) return first.values;
    const second = preparePatch(patch, { ...context, isPinned: (path) => moved.has(formatPath(path)) });
    return second.values;
  }

  #wrongWith(values: PlainObject): FieldError[] {
    try {
      this.live.preview(values);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return asFields(error);
      throw error;
    }
  }

  #moved({ values, unchanged }: PreparedPatch): Set<string> {
    try {
      const after = this.#whole(this.live.preview(values));
      return pathsOf(
        unchanged.filter(({ path, value }) => !isPort(path) && !isDeepStrictEqual(value, valueAt(after, path))),
      );
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const wrong = new Set(error.problems.map(({ path }) => parsePath(path)[0]));
      return pathsOf(unchanged.filter(({ path }) => wrong.has(String(path[0]))));
    }
  }
}

/** The one port moves under both of its names. */
function isPort(path: Path): boolean {
  return path.length === 2 && path[1] === 'port';
}

function pathsOf(values: PreparedPatch['unchanged']): Set<string> {
  return new Set(values.map(({ path }) => formatPath(path)));
}

function invalidAsInput<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw InvalidInput.fields(asFields(error));
  }
}

function asFields({ problems }: ConfigError): FieldError[] {
  return problems.map(({ path, message }) => ({ field: path, message }));
}
