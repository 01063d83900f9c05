import {
  CANCELLED,
  DomainError,
  type FailureRecord,
  RecordedFailure,
  Unavailable,
  UpstreamFailed,
  toFailureRecord,
} from '../shared/errors.js';
import { enterSpan } from '../shared/request-context.js';
import { NoTracer, type Tracer } from '../tracing/tracer.js';
import type { Logger } from '../shared/logger.js';
import { type ActiveTurns, TurnAborted } from './active-turns.js';
import type { AgentDirectory, AgentSettings } from './agent-directory.js';
import { type FinishReason, type RunEvent, type RunRequest, piecesOf } from './agent-runner.js';
import { estimateUsage } from './estimate-usage.js';
import { boundHistory, OPENING } from './history.js';
import { DEFAULT_RECALL, type Recall } from '../memory/recall.js';
import { makePrompt } from './make-prompt.js';
import { StoreAway, StoredLater, StorePatience } from './store-patience.js';
import { ToldEvents } from './told-events.js';
import { type PlacedSkillEvent, toldItems } from './told-items.js';
import { ToolCalls } from './tool-calls.js';
import type { SkilledRunner, SkillEvent } from './skilled-runner.js';
import { TurnForgotten, TurnLost } from './turn-lost.js';
import type { TurnRelay } from './turn-relay.js';
import type { TurnStore } from './turn-store.js';
import { newId } from '../shared/ids.js';
import type { ReplyNotice } from '../sends/send.js';
import type { Answer, HistoryMessage, TurnCompanion, TurnEvent, TurnPrompt, TurnRef, TurnRequest } from './turn.js';

/** A turn that has been stored, ready to be run to its end. */
export interface StoredTurn {
  ref: TurnRef;
  agentId: string;
  conversationModel: string | undefined;
  request: TurnRequest;
  content: string;
  acceptedAt: number;
  /** Undefined: the turn has to wait for earlier ones first. */
  history: HistoryMessage[] | undefined;
  /** See `BegunTurn`. */
  notes?: boolean | undefined;
  /** Of a caller who speaks in whole prompts. */
  prompt?: TurnPrompt | undefined;
  /** 1 for the first run. */
  attempt: number;
  /** What it says is told from its start on. */
  told: boolean;
  /** Nobody reads along: see `RunRequest`. */
  whole?: boolean;
  /** Read when the turn stops: whether another replica may run it. */
  durable: () => boolean;
  companion?: TurnCompanion | undefined;
}

/** No answer of a sane model is longer; a model that never stops is stopped here. In UTF-16 code units. */
const LONGEST_ANSWER = 1_000_000;
/** The user's and the answer. */
const MESSAGES_OF_TURN = 2;

/** Runs one stored turn to its end: waits for its place, calls the model, stores the answer. */
export class RunTurn {
  private readonly patience: StorePatience;

  constructor(
    private readonly store: TurnStore,
    private readonly runner: SkilledRunner,
    private readonly agents: () => AgentDirectory,
    private readonly active: ActiveTurns,
    private readonly logger: Logger,
    private readonly relay: Pick<TurnRelay, 'attend' | 'tell'>,
    private readonly tracer: Pick<Tracer, 'turn'> = new NoTracer(),
    private readonly recall?: Pick<Recall, 'execute'>,
  ) {
    this.patience = new StorePatience(logger);
  }

  /**
   * However the consumer ends, the turn is put away: answered, failed, interrupted (the caller left or somebody cancelled it; what was
   * said is kept) or, when the process shuts down or the database stays away before the model was asked, handed back if it is durable.
   * `controller` comes from `ActiveTurns.enter`.
   */
  async *execute(turn: StoredTurn, controller: AbortController): AsyncGenerator<TurnEvent> {
    const said: Said = { text: '', model: '' };
    const told = new ToldEvents(this.relay, turn.ref, turn.attempt, this.logger);
    const { ref, agentId, attempt } = turn;
    const span = this.tracer.turn({ ...ref, agentId, attempt, from: turn.request.trace });
    const leaveSpan = enterSpan(span);
    if (turn.told) told.begin([]);
    const leave = this.relay.attend(turn.ref, {
      cancel: () => controller.abort(new TurnAborted('cancelled')),
      tell: () => told.begin(toldItems(said.text, said.skillEvents)),
    });
    let running = true;
    let latencyMs: number | undefined;
    try {
      yield { type: 'started', turnId: turn.ref.id, conversationId: turn.ref.conversationId };
      const run = await this.prepare(turn, said, controller.signal);
      const endCall = await this.active.slot(turn.agentId, turn.ref.tenant, controller.signal);
      try {
        const place = { tenant: turn.ref.tenant, agentId: turn.agentId, conversationId: turn.ref.conversationId };
        for await (const event of this.runner.run(run, controller.signal, place)) {
          if (!note(event, said, told)) continue;
          if (event.type === 'delta') turn.companion?.told(event.text);
          yield event;
        }
      } finally {
        endCall();
      }
      controller.signal.throwIfAborted();
      if (!turn.prompt) refuseInventedCalls(said);
      const answer = answerOf(turn, said, false);
      await told.end();
      await turn.companion?.end();
      await this.patience.write(() => this.store.complete(turn.ref, answer, turn.request.replyTo));
      running = false;
      latencyMs = answer.latencyMs;
      span.end({ answer });
      if (turn.request.replyTo && answer.content.trim() === '') this.tellOfSilence(turn, answer);
      yield { type: 'completed', answer };
    } catch (error) {
      span.end({ error });
      if (running) {
        running = false;
        await told.end();
        await turn.companion?.end();
        const answer = await this.putAway(turn, said, error);
        if (answer && isCancelled(error)) {
          yield { type: 'completed', answer };
          return;
        }
      }
      throw callersError(error);
    } finally {
      leave();
      leaveSpan();
      span.end({ error: 'caller-left' });
      // Only a consumer that stops listening gets here with the turn still running.
      if (running) {
        await told.end();
        await turn.companion?.end();
        await this.putAway(turn, said, new TurnAborted('caller-left'));
      }
      this.active.leave(controller, latencyMs);
    }
  }

  /** Waits for the turn's place; what the model is to be asked then. */
  private async prepare(turn: StoredTurn, said: Said, signal: AbortSignal): Promise<RunRequest> {
    const directory = this.agents();
    const agent = directory.get(turn.agentId);
    let history = turn.history;
    if (!history) {
      history = await this.patience.read(async () => {
        await this.store.whenReady(turn.ref, signal);
        return this.store.history(turn.ref, agent.history);
      }, signal);
    }
    const { request } = turn;
    const messages = boundHistory(history, agent.history);
    const recalled = await this.recalled(turn, agent, messages);
    const run: RunRequest = {
      choice: directory.modelFor(turn.agentId, request.model, turn.conversationModel),
      system: request.systemPrompt ?? agent.systemPrompt,
      messages: makePrompt(messages, turn.content, turn.prompt, { recalled, context: request.context }),
      ...turn.prompt?.options,
      ...(turn.whole && { whole: true }),
      ...(request.maxTokens !== undefined && { maxTokens: request.maxTokens }),
      ...(request.temperature !== undefined && { temperature: request.temperature }),
    };
    said.model = run.choice.model;
    said.prompt = run;
    return run;
  }

  /** What was said before, outside of this history, and may matter now; unless agent or caller wants none of it. */
  private async recalled(turn: StoredTurn, agent: AgentSettings, history: HistoryMessage[]) {
    if (!this.recall || turn.request.memory === false) return undefined;
    const { tenant, conversationId } = turn.ref;
    const { userId } = turn.request;
    const settings = agent.memory ?? DEFAULT_RECALL;
    const said = history.length - (history[0] === OPENING ? 1 : 0);
    return this.recall.execute({
      tenant,
      conversationId,
      agentId: turn.agentId,
      userId,
      text: turn.content,
      history: history.length > 0 ? history : (turn.prompt?.earlier ?? []),
      historyFrom: Math.max(0, (turn.ref.no - 1) * MESSAGES_OF_TURN - said),
      notes: turn.notes,
      settings,
    });
  }

  /** The chat gets its notice, if there is one; that it does is for the operator to know. */
  private tellOfSilence({ ref, agentId }: StoredTurn, { model }: Answer): void {
    const { id: turn, conversationId: conversation } = ref;
    this.logger.warn('the model answered a chat with nothing', { turn, conversation, agent: agentId, model });
  }

  /** Gives the answer, if there is one so far that was stored. */
  private async putAway(turn: StoredTurn, said: Said, error: unknown): Promise<Answer | undefined> {
    if (error instanceof TurnLost || error instanceof TurnForgotten || error instanceof StoredLater) return undefined;
    const aborted = error instanceof TurnAborted ? error.why : undefined;
    if ((aborted === 'shutdown' || error instanceof StoreAway) && turn.durable()) {
      await this.patience.write(() => this.store.handBack(turn.ref));
    } else if (aborted !== undefined && aborted !== 'shutdown' && said.text !== '') {
      const answer = answerOf(turn, said, true);
      await this.patience.write(() => this.store.complete(turn.ref, answer, turn.request.replyTo));
      return answer;
    } else {
      if (!aborted && !(error instanceof DomainError)) {
        this.logger.error('turn failed', { error, turn: turn.ref.id, conversation: turn.ref.conversationId });
      }
      const notice = aborted === 'cancelled' ? undefined : noticeOf(turn.request);
      await this.patience.write(() => this.store.fail(turn.ref, failureOf(error), notice));
    }
    return undefined;
  }
}

interface Said {
  text: string;
  model: string;
  usage?: Answer['usage'] | undefined;
  prompt?: RunRequest;
  calls?: ToolCalls;
  skillEvents?: PlacedSkillEvent[];
  finishReason?: FinishReason | undefined;
}

/** Keeps what the model says; gives whether it is for the reader, too. */
function note(
  event: RunEvent | SkillEvent,
  said: Said,
  told: ToldEvents,
): event is Exclude<RunEvent | SkillEvent, { type: 'finished' }> {
  if (event.type === 'finished') {
    said.model = event.model;
    said.usage = event.usage;
    said.finishReason = event.finishReason;
    return false;
  }
  if (event.type === 'skill-call' || event.type === 'skill-result') {
    (said.skillEvents ??= []).push({ ...event, at: said.text.length });
    told.add(event);
  } else if (event.type === 'tool-call') (said.calls ??= new ToolCalls()).add(event);
  else if (event.type === 'delta') {
    said.text += event.text;
    for (const piece of piecesOf(event)) told.add(piece);
  }
  if (said.text.length + (said.calls?.length ?? 0) > LONGEST_ANSWER)
    throw new UpstreamFailed('The model did not stop talking; its answer was cut off');
  return true;
}

function answerOf(turn: StoredTurn, said: Said, interrupted: boolean): Answer {
  return {
    id: turn.ref.id,
    conversationId: turn.ref.conversationId,
    content: said.text,
    model: said.model,
    usage: said.usage ?? estimateUsage(said.prompt, said.text),
    skillsUsed: skillsIn(said.skillEvents),
    ...(said.skillEvents && { skillEvents: said.skillEvents }),
    latencyMs: Date.now() - turn.acceptedAt,
    interrupted,
    ...(said.calls && { toolCalls: said.calls.list() }),
    ...(said.finishReason !== undefined && { finishReason: said.finishReason }),
  };
}

/** Where nothing was offered, what the model wants called is nobody's to run; a turn that consists of that has no answer. */
function refuseInventedCalls({ text, calls }: Said): void {
  if (text !== '' || !calls) return;
  const names = [...new Set(calls.list().map(({ name }) => `"${name.slice(0, 64).toWellFormed()}"`))].slice(0, 3);
  throw new UpstreamFailed(
    `The model called a function that it was not offered (${names.join(', ')}), and said nothing`,
  );
}

/** In the order of their first call. */
function skillsIn(events: PlacedSkillEvent[] = []): string[] {
  return [...new Set(events.map(({ skill }) => skill))];
}

/** What the chat that waits for the answer is told instead. */
export function noticeOf({ replyTo }: TurnRequest): ReplyNotice | undefined {
  if (replyTo?.notice === undefined) return undefined;
  const { channel, chatId, notice: text } = replyTo;
  return { id: newId('msg'), channel, chatId, text };
}

function isCancelled(error: unknown): error is TurnAborted {
  return error instanceof TurnAborted && error.why === 'cancelled';
}

function callersError(error: unknown): unknown {
  if (isCancelled(error)) return new RecordedFailure(CANCELLED, { cause: error });
  if (!(error instanceof TurnAborted) || error.why === 'caller-left') return error;
  return new Unavailable('The gateway is shutting down; the turn was not finished', { cause: error });
}

function failureOf(error: unknown): FailureRecord {
  if (!(error instanceof TurnAborted)) return toFailureRecord(error);
  if (error.why === 'cancelled') return CANCELLED;
  return error.why === 'shutdown'
    ? { code: 'service_unavailable', message: 'The gateway was shut down before the answer was whole' }
    : { code: 'timeout', message: 'The caller left before the answer began' };
}
