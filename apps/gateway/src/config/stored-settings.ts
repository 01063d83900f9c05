import type { SettingsStore } from '@openclaw/core';
import { findUnsafeKey, formatPath, isPlainObject, type Path, type PlainObject } from './path.js';
import { lookUp } from './schema/look-up.js';
import { SecretBox } from './secret-box.js';

export interface OpenedSettings {
  version: number;
  /** The overrides, secrets in the clear. */
  values: PlainObject;
}

/** The stored overrides with their secrets opened on the way in and sealed on the way out. */
export class StoredSettings {
  #box: Promise<SecretBox> | undefined;

  /** `openBox` is called when the first secret comes by, not before: without secrets no key is needed. */
  constructor(
    private readonly store: SettingsStore,
    private readonly openBox: () => Promise<SecretBox>,
  ) {}

  /** Throws `WrongSecretKey`. */
  async load(): Promise<OpenedSettings> {
    const { version, values } = await this.store.load();
    const unsafe = findUnsafeKey(values);
    if (unsafe) throw new Error(`The stored settings have a forbidden key: ${formatPath(unsafe)}`);
    const opened = await this.#map(values, (box, path, text) =>
      SecretBox.isSealed(text) ? box.open(path, text) : text,
    );
    return { version, values: isPlainObject(opened) ? opened : {} };
  }

  /** Throws `Conflict` when somebody else saved since `expectedVersion`. */
  async save(expectedVersion: number, values: PlainObject): Promise<number> {
    return this.store.save(expectedVersion, await this.#map(values, (box, path, text) => box.seal(path, text)));
  }

  async #map(
    value: unknown,
    change: (box: SecretBox, path: string, text: string) => string,
    path: Path = [],
  ): Promise<unknown> {
    if (typeof value === 'string' && lookUp(path)?.meta.secret)
      return change(await this.#openBox(), formatPath(path), value);
    if (Array.isArray(value))
      return Promise.all(value.map((entry, index) => this.#map(entry, change, [...path, index])));
    if (!isPlainObject(value)) return value;
    const members = Object.entries(value).map(
      async ([name, member]) => [name, await this.#map(member, change, [...path, name])] as const,
    );
    return Object.fromEntries(await Promise.all(members));
  }

  #openBox(): Promise<SecretBox> {
    this.#box ??= this.openBox();
    this.#box.catch(() => (this.#box = undefined));
    return this.#box;
  }
}
