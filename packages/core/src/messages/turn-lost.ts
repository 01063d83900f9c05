import { Conflict, Unavailable } from '../shared/errors.js';

/** The turn was taken from under whoever ran it: its conversation was deleted, or this replica was believed dead. */
export class TurnLost extends Conflict {
  constructor(reason: 'deleted' | 'taken-over') {
    super(
      reason === 'deleted'
        ? 'The conversation was deleted while its turn was running'
        : 'The turn was taken over by another replica; poll for its result',
    );
  }
}

/** The database went down before it had written that the turn was begun; nothing of it is left. */
export class TurnForgotten extends Unavailable {
  constructor() {
    super('The database went down while the turn was running, and has nothing of it; send the message again');
  }
}
