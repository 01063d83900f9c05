import { newId } from '../shared/ids.js';
import { TurnTimeout } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { currentRequestId, currentSpan } from '../shared/request-context.js';
import { summarize } from '../conversations/conversation.js';
import { Backlog } from '../limits/backlog.js';
import { type ActiveTurns, TurnAborted } from './active-turns.js';
import { type AgentDirectory, DEFAULT_AGENT } from './agent-directory.js';
import type { RunTurn, StoredTurn } from './run-turn.js';
import type { BegunTurn, NewTurn, TurnStore } from './turn-store.js';
import type { Answer, TurnEvent, TurnPrompt, TurnRequest } from './turn.js';

export interface SendMessageCommand {
  tenant: string;
  text: string;
  /** Without one a new conversation is opened; one that the tenant has not used yet opens under that id. */
  conversationId?: string;
  channel?: string;
  agentId?: string;
  /** What people call the conversation, if it is opened now. */
  label?: string;
  metadata?: Record<string, unknown>;
  request: TurnRequest;
  /** Of a caller who speaks in whole prompts. */
  prompt?: TurnPrompt;
}

/** How a turn differs from one that ends with its caller and its replica. */
export interface TurnOptions {
  /** Begins the turn; the store's own `begin` when left out. */
  begin?: (turn: NewTurn) => Promise<BegunTurn>;
  /** Another replica runs it again if this one dies. */
  lasting?: boolean;
  /** `stop` it, which is the default; stop it once it has begun to answer (`stop-answer`); or `nothing`. */
  whenCallerLeaves?: 'stop' | 'stop-answer' | 'nothing';
  /** What it says is stored as it comes, for followers on any replica. */
  told?: boolean;
  /** Nobody reads along: see `RunRequest`. */
  whole?: boolean;
}

/** The turn: stores the user's message, runs the agent, stores its answer. Every door of the gateway comes through here. */
export class SendMessage {
  constructor(
    private readonly store: TurnStore,
    private readonly runTurn: RunTurn,
    private readonly agents: () => AgentDirectory,
    private readonly active: ActiveTurns,
    private readonly logger: Logger,
    private readonly backlog: Backlog = Backlog.unlimited(),
  ) {}

  /**
   * Streams the turn. `started` comes as soon as the message is stored, before the model is asked. When `signal` is aborted
   * the model call is too, and what was said so far is kept as an interrupted answer. Throws domain errors: before
   * `started` nothing was stored, after it the turn is on record as failed.
   */
  async *execute(
    command: SendMessageCommand,
    signal: AbortSignal,
    options?: TurnOptions | undefined,
  ): AsyncGenerator<TurnEvent> {
    const { turn, controller, release, answerBegins } = await this.begin(command, signal, options);
    try {
      if (options?.whenCallerLeaves !== 'stop-answer') yield* this.runTurn.execute(turn, controller);
      else {
        for await (const event of this.runTurn.execute(turn, controller)) {
          if (event.type === 'delta') answerBegins();
          yield event;
        }
      }
    } finally {
      release();
    }
  }

  /**
   * The whole answer. After `timeoutMs` throws `TurnTimeout` while the turn goes on, safe from crashes from then on.
   */
  async answer(
    command: SendMessageCommand,
    options: { signal: AbortSignal; timeoutMs?: number } & TurnOptions,
  ): Promise<Answer> {
    const begun = await this.begin(command, options.signal, { ...options, whole: true });
    const outcome = this.collect(begun);
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return outcome;

    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeoutMs);
    });
    try {
      const first = await Promise.race([outcome, deadline]);
      if (first !== 'late') return first;
    } finally {
      clearTimeout(timer);
    }
    begun.release();
    begun.detach();
    outcome.catch((error: unknown) =>
      this.logger.debug('a detached turn ended badly', { error, turn: begun.turn.ref.id }),
    );
    await this.store.makeDurable(begun.turn.ref);
    throw new TurnTimeout(begun.turn.ref.id, begun.turn.ref.conversationId, timeoutMs);
  }

  /**
   * Accepts the turn for any replica's worker to run: it is answered even if this process dies now. Throws `Unavailable` when too many of the
   * tenant's wait already.
   */
  async accept(
    command: SendMessageCommand,
    { begin = (turn) => this.store.begin(turn) }: Pick<TurnOptions, 'begin'> = {},
  ): Promise<{ turnId: string; conversationId: string }> {
    const controller = this.active.enter(command.agentId ?? DEFAULT_AGENT);
    let settle: ((stored: boolean) => void) | undefined;
    let stored = false;
    try {
      const turn = this.newTurn(command, true);
      settle = await this.backlog.admit(command.tenant);
      const { ref } = await begin(turn);
      stored = true;
      return { turnId: ref.id, conversationId: ref.conversationId };
    } finally {
      settle?.(stored);
      this.active.leave(controller);
    }
  }

  private async begin(command: SendMessageCommand, signal: AbortSignal, options: TurnOptions = {}) {
    const controller = this.active.enter(command.agentId ?? DEFAULT_AGENT);
    const { lasting = false, told = false, whole = false, whenCallerLeaves = 'stop' } = options;
    let stops = whenCallerLeaves === 'stop';
    const callerLeft = () => {
      if (stops) controller.abort(new TurnAborted('caller-left'));
    };
    let durable = lasting;
    try {
      const acceptedAt = Date.now();
      const newTurn = this.newTurn(command, false);
      if (lasting) Object.assign(newTurn, { lasting, told });
      const begun = await (options.begin ? options.begin(newTurn) : this.store.begin(newTurn));
      if (signal.aborted) callerLeft();
      else signal.addEventListener('abort', callerLeft, { once: true });
      const turn: StoredTurn = {
        ref: begun.ref,
        agentId: begun.agentId,
        conversationModel: begun.conversationModel,
        request: command.request,
        content: command.text,
        prompt: command.prompt,
        acceptedAt,
        history: begun.history,
        notes: begun.notes,
        attempt: 1,
        told,
        whole,
        durable: () => durable,
      };
      return {
        turn,
        controller,
        /** A caller who left before is not called back: the turn goes on. */
        answerBegins: () => {
          stops ||= !signal.aborted;
        },
        release: () => signal.removeEventListener('abort', callerLeft),
        detach: () => {
          durable = true;
        },
      };
    } catch (error) {
      this.active.leave(controller);
      throw error;
    }
  }

  private async collect(begun: {
    turn: StoredTurn;
    controller: AbortController;
    release: () => void;
  }): Promise<Answer> {
    try {
      for await (const event of this.runTurn.execute(begun.turn, begun.controller)) {
        if (event.type === 'completed') return event.answer;
      }
    } finally {
      begun.release();
    }
    throw new Error('a turn ended without an answer and without an error');
  }

  private newTurn(command: SendMessageCommand, durable: boolean): NewTurn {
    const agentId = command.agentId ?? DEFAULT_AGENT;
    const directory = this.agents();
    // An unknown model is refused before anything is stored.
    if (command.request.model !== undefined) directory.models.resolve(command.request.model);
    const requestId = currentRequestId();
    const trace = currentSpan()?.context;
    return {
      tenant: command.tenant,
      conversationId: command.conversationId ?? newId('conv'),
      turnId: newId('msg'),
      message: {
        id: newId('msg'),
        content: command.text,
        ...(command.metadata && { metadata: command.metadata }),
      },
      request: { ...command.request, ...(requestId !== undefined && { requestId }), ...(trace && { trace }) },
      conversation: {
        channel: command.channel ?? 'api',
        agentId,
        summary: summarize(command.text),
        ...(command.label !== undefined && { label: command.label }),
      },
      durable,
      historyLimits: directory.get(agentId).history,
    };
  }
}
