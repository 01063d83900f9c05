import { Conflict } from '../shared/errors.js';
import type { FollowTurn, FollowedEvent } from '../messages/follow-turn.js';
import type { SendMessage, SendMessageCommand, TurnOptions } from '../messages/send-message.js';
import type { NewTurn } from '../messages/turn-store.js';
import type { Answer, TurnEvent } from '../messages/turn.js';
import type { IdempotencyKey, IdempotencyKeys, KeyUse } from './idempotency-keys.js';

export interface SendOnceOptions {
  signal: AbortSignal;
  /** Requests under one key are one turn, which runs to its end also when its replica dies. */
  key?: IdempotencyKey | undefined;
  /** The turn goes on when its caller leaves, and when its replica dies. */
  detached?: boolean;
  /** Called when the key was used before, ahead of whatever comes of that turn, its failure too. */
  onReplay?: () => void;
}

/**
 * Sends a message, however often it is asked to: under a key that was used before nothing is begun, and the one turn's answer is given
 * again or waited for. Throws `Conflict` when the key was used for something else.
 *
 * A turn under a key belongs to the key: it goes on when the caller leaves before it has its answer, so that the retry finds one. Only
 * a stream that has begun to answer is stopped with its caller, like any other.
 */
export class SendOnce {
  constructor(
    private readonly messages: Pick<SendMessage, 'answer' | 'execute' | 'accept'>,
    private readonly keys: IdempotencyKeys,
    private readonly follow: Pick<FollowTurn, 'answer' | 'execute'>,
  ) {}

  async answer(
    command: SendMessageCommand,
    { timeoutMs, ...options }: SendOnceOptions & { timeoutMs?: number },
  ): Promise<Answer> {
    const { signal } = options;
    const timing = { signal, ...(timeoutMs !== undefined && { timeoutMs }) };
    const turn = this.turnOptions(options, 'nothing');
    try {
      return await this.messages.answer(command, { ...timing, ...turn });
    } catch (error) {
      const { turnId } = firstUse(error, options.key);
      options.onReplay?.();
      return await this.follow.answer(command.tenant, turnId, timing);
    }
  }

  /** `started` says whether the stream is a replay. */
  execute(command: SendMessageCommand, options: SendOnceOptions): AsyncIterable<TurnEvent | FollowedEvent> {
    const turn = this.turnOptions(options, 'stop-answer');
    return options.key ? this.once(command, options, turn) : this.messages.execute(command, options.signal, turn);
  }

  async accept(
    command: SendMessageCommand,
    key: IdempotencyKey | undefined,
  ): Promise<{ turnId: string; conversationId: string; replayed: boolean }> {
    try {
      const accepted = await this.messages.accept(command, key && { begin: this.beginUnder(key) });
      return { ...accepted, replayed: false };
    } catch (error) {
      const { turnId, conversationId } = firstUse(error, key);
      return { turnId, conversationId, replayed: true };
    }
  }

  private async *once(
    command: SendMessageCommand,
    { key, signal }: SendOnceOptions,
    turn: TurnOptions | undefined,
  ): AsyncGenerator<TurnEvent | FollowedEvent> {
    try {
      yield* this.messages.execute(command, signal, turn);
    } catch (error) {
      const { turnId } = firstUse(error, key);
      for await (const event of this.follow.execute(command.tenant, turnId, undefined, signal))
        yield event.type === 'started' ? { ...event, replayed: true } : event;
    }
  }

  private turnOptions(
    { key, detached }: SendOnceOptions,
    whenCallerLeaves: 'stop-answer' | 'nothing',
  ): TurnOptions | undefined {
    if (!key && !detached) return undefined;
    return {
      lasting: true,
      whenCallerLeaves: detached ? 'nothing' : whenCallerLeaves,
      told: detached === true && whenCallerLeaves === 'stop-answer',
      ...(key && { begin: this.beginUnder(key) }),
    };
  }

  private beginUnder(key: IdempotencyKey) {
    return async (turn: NewTurn) => {
      const outcome = await this.keys.begin(key, turn);
      if ('used' in outcome) throw new KeyUsed(outcome.used);
      return outcome.begun;
    };
  }
}

/** Passes through the use case that was about to begin a turn: nothing was begun. */
class KeyUsed extends Error {
  constructor(readonly use: KeyUse) {
    super('the idempotency key has been used');
  }
}

function firstUse(error: unknown, key: IdempotencyKey | undefined): KeyUse {
  if (!(error instanceof KeyUsed)) throw error;
  if (error.use.fingerprint === key?.fingerprint) return error.use;
  throw new Conflict('This Idempotency-Key has been used with another request; use a new key for a new request');
}
