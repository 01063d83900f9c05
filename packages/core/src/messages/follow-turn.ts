import type { Clock } from '../shared/clock.js';
import { NotFound, RecordedFailure, TurnTimeout, Unavailable } from '../shared/errors.js';
import { type ActiveTurns, TurnAborted } from './active-turns.js';
import { itemsAfter, type ToldStretch, toldItems, type TurnPlace } from './told-items.js';
import { TurnLost } from './turn-lost.js';
import type { TurnRelay } from './turn-relay.js';
import type { TurnStore } from './turn-store.js';
import type { Answer, TextTurnEvent, TurnState } from './turn.js';

/**
 * What a follower is told: a turn's events; in place of `started`, for who broke off, `resumed`; and `restarted` when the turn is run
 * anew, so that what it has said so far is void.
 */
export type FollowedEvent = TextTurnEvent | { type: 'resumed' } | { type: 'restarted'; run: number };

/** How long after its end a turn can be followed from where one broke off, in ms. */
export const RESUMABLE_MS = 10 * 60 * 1_000;

/** Attaches to a turn that was begun before, wherever it runs, or has run. */
export class FollowTurn {
  constructor(
    private readonly turns: Pick<TurnStore, 'find'>,
    private readonly relay: TurnRelay,
    private readonly active: ActiveTurns,
    private readonly clock: Clock,
  ) {}

  /**
   * For who broke off, and where: the events after that place, for 10 minutes after the turn's end. None when there is nothing after
   * it. Throws `NotFound` for what can't be followed, and in the end the turn's own failure.
   */
  async *resume(
    tenant: string,
    turnId: string,
    after: TurnPlace | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FollowedEvent> {
    const state = await this.turns.find(tenant, turnId);
    if (!state) throw new NotFound(`There is no message "${turnId}"`);
    if (state.status !== 'processing' && this.clock.now().getTime() - state.endedAt.getTime() > RESUMABLE_MS)
      throw new NotFound(`The events of message "${turnId}" were kept for 10 minutes; ask for its status`);
    yield* this.execute(tenant, turnId, after, signal);
  }

  /** All events of a turn, or those after a place: told so far, as they come, and of the stored answer. */
  async *execute(
    tenant: string,
    turnId: string,
    after: TurnPlace | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FollowedEvent> {
    let place = after && { ...after };
    let attached = false;
    for await (const state of this.states(tenant, turnId, 'events', signal)) {
      for (let more = true; more;) {
        const heard = await this.relay.heard(tenant, turnId, place);
        const run = heard.run ?? place?.run ?? 1;
        if (place && !attached) {
          // A newer run has all of it to tell; an answer that was heard to its end has nothing.
          if (place.run === run && isHeard(state, place)) return;
          yield { type: 'resumed' };
        }
        attached = true;
        if (!place) {
          yield { type: 'started', turnId, conversationId: state.conversationId, ...(run > 1 && { run }) };
          place = startOf(run);
        } else if (place.run !== run) {
          yield { type: 'restarted', run };
          place = startOf(run);
        }
        for (const part of heard.parts) yield* eventsAfter(place, part);
        more = heard.more;
      }
      if (state.status === 'failed') throw failureOf(state);
      if (state.status !== 'completed' || !place) continue;
      const { content, skillEvents } = state.answer;
      yield* eventsAfter(place, { at: 0, skillEvents: 0, items: toldItems(content, skillEvents) });
      yield { type: 'completed', answer: state.answer };
    }
  }

  /** The turn's answer, as soon as there is one. After `timeoutMs` throws `TurnTimeout`; the turn goes on. */
  async answer(tenant: string, turnId: string, options: { signal: AbortSignal; timeoutMs?: number }): Promise<Answer> {
    const { signal, timeoutMs } = options;
    const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    let conversationId = '';
    try {
      const until = deadline ? AbortSignal.any([signal, deadline]) : signal;
      for await (const state of this.states(tenant, turnId, 'end', until)) {
        conversationId = state.conversationId;
        if (state.status === 'completed') return state.answer;
        if (state.status === 'failed') throw failureOf(state);
      }
    } catch (error) {
      const left = error instanceof TurnAborted && error.why === 'caller-left';
      if (left && deadline?.aborted && !signal.aborted && timeoutMs !== undefined)
        throw new TurnTimeout(turnId, conversationId, timeoutMs);
      throw error;
    }
    throw new Error('a turn ended without an answer and without an error');
  }

  /** The turn's state now and after each sign of it; the last one is how it ended. */
  private async *states(
    tenant: string,
    turnId: string,
    what: 'end' | 'events',
    signal: AbortSignal,
  ): AsyncGenerator<TurnState> {
    const controller = this.active.enter();
    const callerLeft = () => controller.abort(new TurnAborted('caller-left'));
    if (signal.aborted) callerLeft();
    else signal.addEventListener('abort', callerLeft, { once: true });
    try {
      for (let looks = 0; ; looks++) {
        throwIfAborted(controller.signal);
        // Before looking, so that nothing can happen in between unseen.
        const sign = this.relay.nextSign(tenant, turnId, controller.signal);
        const state = await this.turns.find(tenant, turnId);
        if (!state)
          throw looks > 0 ? new TurnLost('deleted') : new NotFound('The answer was deleted with its conversation');
        yield state;
        if (state.status !== 'processing') return;
        // It may have ended before it was known that somebody follows it: then there is no sign to come.
        if (looks === 0) await this.relay.follow(tenant, turnId, what);
        else await sign;
      }
    } finally {
      signal.removeEventListener('abort', callerLeft);
      this.active.leave(controller);
      controller.abort();
    }
  }
}

function startOf(run: number): TurnPlace {
  return { run, position: 0, skillEvents: 0 };
}

function* eventsAfter(place: TurnPlace, stretch: ToldStretch): Generator<FollowedEvent> {
  for (const item of itemsAfter(place, stretch)) yield typeof item === 'string' ? { type: 'delta', text: item } : item;
}

function isHeard(state: TurnState, place: TurnPlace): boolean {
  return state.status === 'completed' && place.position > state.answer.content.length;
}

function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (reason instanceof TurnAborted && reason.why === 'shutdown')
    throw new Unavailable('The gateway is shutting down; the turn goes on, follow it again in a moment', {
      cause: reason,
    });
  throw reason;
}

function failureOf({ failure }: Extract<TurnState, { status: 'failed' }>): Error {
  return failure.code === 'service_unavailable' ? new Unavailable(failure.message) : new RecordedFailure(failure);
}
