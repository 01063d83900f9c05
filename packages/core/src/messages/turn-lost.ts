import { DomainError } from '../shared/errors.js';

/** The turn was taken from under whoever ran it: its conversation was deleted, or this replica was believed dead. */
export class TurnLost extends DomainError {
  readonly code = 'conflict';

  constructor(reason: 'deleted' | 'taken-over') {
    super(
      reason === 'deleted'
        ? 'The conversation was deleted while its turn was running'
        : 'The turn was taken over by another replica; poll for its result',
    );
  }
}
