import type { Logger } from '../shared/logger.js';
import { withRequestId } from '../shared/request-context.js';
import type { ActiveTurns } from './active-turns.js';
import { noticeOf, type RunTurn } from './run-turn.js';
import type { ClaimedTurn, TurnStore } from './turn-store.js';
import type { TurnCompanion } from './turn.js';

/** A turn that took down this many replicas is not given to another. */
const MOST_ATTEMPTS = 5;

/** Gives a turn somebody to go along with it. */
export abstract class TurnCompanions {
  abstract of(turn: ClaimedTurn): Promise<TurnCompanion | undefined>;
  /** The turn has been put away. */
  abstract after(turn: ClaimedTurn): void;
}

/** The worker's use case: works off a conversation's durable turns, one after another. */
export class RunAcceptedTurns {
  constructor(
    private readonly store: TurnStore,
    private readonly runTurn: RunTurn,
    private readonly active: ActiveTurns,
    private readonly logger: Logger,
    private readonly companions?: TurnCompanions,
  ) {}

  async execute(tenant: string, conversationId: string): Promise<void> {
    while (!this.active.draining) {
      const claimed = await this.store.claimNext(tenant, conversationId);
      if (!claimed) return;
      const { ref, attempt } = claimed;
      if (attempt > MOST_ATTEMPTS) {
        this.logger.error('turn given up', { turn: ref.id, conversation: conversationId, attempts: attempt - 1 });
        const failure = { code: 'internal_error' as const, message: `Gave up after ${MOST_ATTEMPTS} attempts` };
        await this.store.fail(ref, failure, noticeOf(claimed.request));
        this.companions?.after(claimed);
        continue;
      }
      if (this.active.draining) return this.store.handBack(ref);
      // Who followed the run before has to hear that this is another one.
      const told = claimed.told || attempt > 1;
      const acceptedAt = claimed.acceptedAt.getTime();
      const companion = await this.companions?.of(claimed);
      const whole = !told && !companion?.reads;
      const turn = { ...claimed, acceptedAt, history: undefined, told, whole, durable: () => true, companion };
      const run = async () => {
        const events = this.runTurn.execute(turn, this.active.enter());
        while (!(await events.next()).done);
      };
      try {
        await withRequestId(claimed.request.requestId ?? ref.id, run);
      } catch (error) {
        // The turn is on record as failed or handed back; who polls for it is told.
        this.logger.warn('accepted turn did not complete', { error, turn: ref.id, conversation: conversationId });
      } finally {
        await companion?.end();
      }
      this.companions?.after(claimed);
    }
  }
}
