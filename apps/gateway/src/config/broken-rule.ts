import type { Path } from './path.js';

/** A rule between keys that is broken. `path` is where the hand has to be put on. */
export interface BrokenRule {
  path: Path;
  got: string;
  wanted: string;
  why: string;
}
