export interface ConfigUpdate {
  config: unknown;
  /** Dotted paths that changed. */
  applied: string[];
  /** Dotted paths that take effect only after a restart. */
  restartPaths: string[];
}

/** The running configuration as an administrator may see and change it; secrets always redacted. */
export abstract class ConfigAdmin {
  abstract effective(): unknown;
  /** Undefined when there is no such path. `gateway/auth` and `gateway.auth` mean the same. */
  abstract part(path: string): unknown;
  /** Deep-merges `patch`; throws `InvalidInput` with every problem and changes nothing unless the whole is valid. */
  abstract update(patch: unknown): Promise<ConfigUpdate>;
}
