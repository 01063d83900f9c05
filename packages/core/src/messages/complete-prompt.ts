import { UpstreamFailed, Unavailable } from '../shared/errors.js';
import type { UsageRecorder } from '../usage/usage-recorder.js';
import { type ActiveTurns, TurnAborted } from './active-turns.js';
import type { AgentDirectory } from './agent-directory.js';
import type { FinishReason, RunRequest, TextDelta, ToolCallDelta } from './agent-runner.js';
import { estimateUsage } from './estimate-usage.js';
import type { PromptMessage, RunOptions } from './prompt.js';
import type { SkilledRunner } from './skilled-runner.js';
import type { Usage } from '../conversations/conversation.js';

export interface CompletePromptCommand {
  tenant: string;
  /** The caller's name, for the record of what was used. */
  token: string;
  agentId: string;
  messages: PromptMessage[];
  options: RunOptions;
  /** Nobody reads along. */
  whole: boolean;
}

/** Waits for an answer, and may leave before it is whole. Costs less than an `AbortSignal`, which is then the model call's alone. */
export interface Caller {
  /** `stop` is called when the caller leaves, at once if that was before. */
  whenLeft(stop: () => void): void;
}

export type CompletionEvent =
  TextDelta | ToolCallDelta | { type: 'finished'; model: string; usage: Usage; finishReason?: FinishReason };

/** No answer of a sane model is longer. In UTF-16 code units, tool calls included. */
const LONGEST_ANSWER = 1_000_000;

/** Answers a prompt that the caller brings whole. Nothing of it is stored but what it used. */
export class CompletePrompt {
  constructor(
    private readonly runner: SkilledRunner,
    private readonly agents: () => AgentDirectory,
    private readonly active: ActiveTurns,
    private readonly usage: Pick<UsageRecorder, 'record'>,
  ) {}

  /**
   * Streams the answer; the last event is `finished`. The agent's instructions go before the prompt. Throws `Unavailable` while the gateway
   * shuts down and `UpstreamFailed`; ends the model call when the caller leaves or nobody listens any more.
   */
  async *execute(command: CompletePromptCommand, caller: Caller): AsyncGenerator<CompletionEvent> {
    const directory = this.agents();
    const request: RunRequest = {
      ...command.options,
      choice: directory.modelFor(command.agentId, undefined, undefined),
      system: directory.get(command.agentId).systemPrompt,
      messages: command.messages,
      whole: command.whole,
    };
    const controller = this.active.enter(command.agentId);
    caller.whenLeft(() => controller.abort(new TurnAborted('caller-left')));
    const began = performance.now();
    let said = '';
    let length = 0;
    let finished = false;
    let latencyMs: number | undefined;
    let endCall: (() => void) | undefined;
    const record = (model: string, { inputTokens, outputTokens }: Usage) =>
      this.usage.record({
        tenant: command.tenant,
        token: command.token,
        agentId: command.agentId,
        model,
        inputTokens,
        outputTokens,
      });
    try {
      endCall = await this.active.slot(command.agentId, command.tenant, controller.signal);
      const place = { tenant: command.tenant, agentId: command.agentId, conversationId: undefined };
      for await (const event of this.runner.run(request, controller.signal, place)) {
        if (event.type === 'skill-call' || event.type === 'skill-result') continue;
        if (event.type === 'finished') {
          const usage = event.usage ?? estimateUsage(request, said);
          finished = true;
          latencyMs = performance.now() - began;
          record(event.model, usage);
          yield event.usage ? (event as CompletionEvent) : { ...event, usage };
          continue;
        }
        if (event.type === 'delta') said += event.text;
        else length += event.arguments.length;
        if (said.length + length > LONGEST_ANSWER)
          throw new UpstreamFailed('The model did not stop talking; its answer was cut off');
        yield event;
      }
    } catch (error) {
      if (error instanceof TurnAborted && error.why === 'shutdown')
        throw new Unavailable('The gateway is shutting down; the answer is not whole', { cause: error });
      throw error;
    } finally {
      endCall?.();
      // What was said before it broke off was paid for.
      if (!finished && said.length + length > 0) record(request.choice.model, estimateUsage(request, said));
      this.active.leave(controller, latencyMs);
    }
  }
}
