import { DomainError } from '@openclaw/core';

/** A backup that cannot be made or restored. The message is for the operator and says what to do next; nothing was changed. */
export class BackupProblem extends DomainError {
  readonly code = 'conflict';
}

export const NO_BACKUP = 'This is not a backup of the gateway.';
export const CUT_OFF = 'The backup is cut off: its end is missing. Use another copy of it.';
export const DAMAGED = 'The backup is damaged: what it holds is not what was written. Use another copy of it.';
