import { Conflict, NotFound } from '../shared/errors.js';
import type { TurnRelay } from './turn-relay.js';
import type { TurnStore } from './turn-store.js';

/** Stops a turn, wherever it runs. What it has said is kept as an interrupted answer; one that has said nothing has failed. */
export class CancelTurn {
  constructor(
    private readonly turns: Pick<TurnStore, 'find'>,
    private readonly relay: Pick<TurnRelay, 'cancel'>,
  ) {}

  /**
   * `cancelled`: it was still waiting and has ended; `cancelling`: whoever runs it was told and ends it within a second or so. Throws
   * `NotFound` for a turn that the tenant does not have, `Conflict` for one that has ended.
   */
  async execute(tenant: string, turnId: string): Promise<'cancelling' | 'cancelled'> {
    const outcome = await this.relay.cancel(tenant, turnId);
    if (outcome) return outcome;
    if (await this.turns.find(tenant, turnId)) throw new Conflict(`Message "${turnId}" has ended already`);
    throw new NotFound(`There is no message "${turnId}"`);
  }
}
