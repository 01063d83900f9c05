/** What `PUT /config` and `openclaw config set` stored. `version` counts the saves; 0 with `{}` stands for nothing stored yet. */
export interface StoredValues {
  version: number;
  /** A JSON object shaped like the configuration, with only the overridden members; secrets in it are encrypted already. */
  values: unknown;
}

/** Keeps the stored overrides of the configuration: one document for the whole installation, shared by its replicas. */
export abstract class SettingsStore {
  abstract load(): Promise<StoredValues>;
  /**
   * Replaces the document, if it still has `expectedVersion`, and gives its new version. Throws `Conflict` when somebody
   * else saved meanwhile; nothing is changed then.
   */
  abstract save(expectedVersion: number, values: unknown): Promise<number>;
}
