import type { Path } from './path.js';
import { copyKnown } from './schema/look-up.js';

/** The secrets of a part of the configuration, `path` being where it stands. */
export function secretsIn(part: unknown, path: Path): string[] {
  const secrets: string[] = [];
  copyKnown(
    part,
    (leaf, { meta }) => {
      if (meta.secret && typeof leaf === 'string' && leaf !== '') secrets.push(leaf);
    },
    path,
  );
  return secrets;
}

export const REDACTED = '***REDACTED***';

/** The configuration as others may see it: every secret covered, and nothing in it that was only worked out. */
export function redact(config: unknown): unknown {
  return copyKnown(config, (leaf, { meta }) =>
    meta.secret && typeof leaf === 'string' && leaf !== '' ? REDACTED : leaf,
  );
}
