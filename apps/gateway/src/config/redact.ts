import { copyKnown } from './schema/look-up.js';

export const REDACTED = '***REDACTED***';

/** The configuration as others may see it: every secret covered, and nothing in it that was only worked out. */
export function redact(config: unknown): unknown {
  return copyKnown(config, (leaf, { meta }) =>
    meta.secret && typeof leaf === 'string' && leaf !== '' ? REDACTED : leaf,
  );
}
