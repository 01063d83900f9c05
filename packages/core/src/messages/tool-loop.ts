import type { Usage } from '../conversations/conversation.js';
import { DomainError, UpstreamFailed } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { AgentSkills, OfferedSkill } from '../skills/agent-skills.js';
import type { RunEvent, RunRequest, ToolCallDelta } from './agent-runner.js';
import { estimateUsage } from './estimate-usage.js';
import { fence } from './fence.js';
import type { PromptMessage, ToolCall, ToolDefinition } from './prompt.js';
import type { RunPlace, SkillEvent } from './skilled-runner.js';
import { ToolCalls } from './tool-calls.js';

/** What the model asks for at once beyond this is refused to it. */
const MOST_CALLS = 16;
/** Of a skill's result the model is given so much, in UTF-16 code units. */
const LONGEST_RESULT = 32_000;

type Runner = { run(request: RunRequest, signal: AbortSignal): AsyncIterable<RunEvent> };
type Finished = Extract<RunEvent, { type: 'finished' }>;

/**
 * Runs a model that may call the agent's skills: what it asks for is run, the results are put before it, and so on until it answers. The
 * last step that it may take may call none. A skill that fails is an answer to the model like any other.
 *
 * Functions that the caller brought along are the caller's to run. They take the place of a skill of the same name; and where the model
 * asks for both at once, only the caller's calls count, since nobody could tell the caller of the others' results.
 */
export class ToolLoop {
  constructor(
    private readonly runner: Runner,
    private readonly skills: Pick<AgentSkills, 'none' | 'offered' | 'call'>,
    private readonly maxSteps: (agentId: string) => number,
    private readonly logger: Logger,
  ) {}

  /** Where there are no skills, the runner's own events, with nothing in between. */
  run(request: RunRequest, signal: AbortSignal, place: RunPlace): AsyncIterable<RunEvent | SkillEvent> {
    return this.skills.none(place.agentId) ? this.runner.run(request, signal) : this.loop(request, signal, place);
  }

  private async *loop(
    request: RunRequest,
    signal: AbortSignal,
    place: RunPlace,
  ): AsyncGenerator<RunEvent | SkillEvent> {
    const offers = await this.offersFor(request, place);
    if (offers.size === 0) return yield* this.runner.run(request, signal);
    const definitions = [...offers.values()].map((offer) => offer.definition);
    const steps = this.maxSteps(place.agentId);
    const messages = [...request.messages];
    const total = new TotalUsage();
    let said = '';
    for (let step = 1; ; step++) {
      const last = step >= steps;
      const prompt: RunRequest = { ...request, messages: [...messages], ...this.functions(request, definitions, last) };
      const heard = new Heard(offers, request.tools ?? []);
      for await (const event of this.runner.run(prompt, signal)) {
        if (event.type === 'finished') heard.finished = event;
        else if (event.type === 'delta') {
          const gap = heard.text === '' && said !== '' && !/\s$/.test(said) ? '\n\n' : '';
          if (gap !== '') yield { type: 'delta', text: gap };
          heard.text += event.text;
          said += gap + event.text;
          yield event;
        } else {
          const passed = heard.toolCall(event);
          if (passed) yield passed;
        }
      }
      const { finished } = heard;
      if (!finished) return;
      total.add(finished.usage ?? estimateUsage(prompt, heard.text));
      // Whoever asks for a skill that it was not offered any more gets none.
      const calls = last ? [] : heard.skillCalls();
      if (last && said === '' && heard.skillCalls().length > 0)
        throw new UpstreamFailed(`The model went on calling functions and gave no answer in ${steps} steps (maxSteps)`);
      if (calls.length === 0) {
        yield { ...finished, usage: total.usage };
        return;
      }
      messages.push({ role: 'assistant', content: heard.text, toolCalls: calls.map(({ call }) => call) });
      messages.push(...(yield* this.called(calls, place, signal)));
    }
  }

  /** Providers want the functions told whose calls stand in the prompt; so the last step has them, and may call none of them. */
  private functions({ tools: callers = [] }: RunRequest, own: ToolDefinition[], last: boolean) {
    if (!last) return { tools: [...own, ...callers] };
    return callers.length > 0 ? { tools: callers } : { tools: own, toolChoice: 'none' as const };
  }

  private async offersFor(request: RunRequest, { agentId, tenant }: RunPlace): Promise<Map<string, OfferedSkill>> {
    // Who forbids functions, or demands one of theirs, wants no others.
    if (request.toolChoice === 'none' || typeof request.toolChoice === 'object') return new Map();
    if (this.maxSteps(agentId) < 2) return new Map();
    const offers = new Map((await this.skills.offered(agentId, tenant)).map((offer) => [offer.definition.name, offer]));
    for (const { name } of request.tools ?? []) offers.delete(name);
    return offers;
  }

  /** Runs the calls at the same time, tells of each end as it comes, and gives the results in the order of the calls. */
  private async *called(
    calls: SkillCall[],
    place: RunPlace,
    signal: AbortSignal,
  ): AsyncGenerator<SkillEvent, PromptMessage[]> {
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    try {
      for (const { offer } of calls.slice(0, MOST_CALLS)) if (offer) yield { type: 'skill-call', skill: offer.skill };
      const running = new Map(calls.map((call, no) => [no, this.call(call, no, place, until)]));
      const results: PromptMessage[] = [];
      while (running.size > 0) {
        const { no, text, failed } = await Promise.race(running.values());
        running.delete(no);
        const { offer, call } = calls[no] as SkillCall;
        results[no] = { role: 'tool', toolCallId: call.id, content: text };
        if (offer && no < MOST_CALLS)
          yield { type: 'skill-result', skill: offer.skill, status: failed ? 'failed' : 'completed' };
      }
      signal.throwIfAborted();
      return results;
    } finally {
      stop.abort(new Error('nobody waits for the skill any more'));
    }
  }

  private async call(
    { offer, call }: SkillCall,
    no: number,
    place: RunPlace,
    signal: AbortSignal,
  ): Promise<CalledSkill> {
    if (!offer) return { no, failed: true, text: 'Not run: there is no such function.' };
    const source = offer.tool === undefined ? `skill ${offer.skill}` : `skill ${offer.skill} ${offer.tool}`;
    try {
      if (no >= MOST_CALLS) return { no, failed: true, text: `Not run: at most ${MOST_CALLS} calls at once.` };
      const args = parseArguments(call.arguments);
      if (args === undefined) return { no, failed: true, text: 'Not run: the arguments are not a JSON object.' };
      const { tenant, conversationId: session } = place;
      const caller = { tenant, ...(session !== undefined && { session }) };
      const text = asText(await this.skills.call(offer, args, caller, signal));
      return { no, failed: false, text: offer.trusted ? bounded(text) : fence(source, bounded(text)) };
    } catch (error) {
      if (!(error instanceof DomainError) && !signal.aborted)
        this.logger.error('skill broke', { component: 'skills', skill: offer.skill, error });
      const why = error instanceof DomainError ? error.message : 'Internal error';
      return { no, failed: true, text: `The skill failed.\n${fence(source, bounded(why))}` };
    }
  }
}

interface SkillCall {
  /** Undefined for a function that the model has made up. */
  offer: OfferedSkill | undefined;
  call: ToolCall;
}

interface CalledSkill {
  no: number;
  text: string;
  failed: boolean;
}

/**
 * One step's answer. Calls of skills are kept back, and those of functions that nobody has offered, so that the model can be told; those of
 * the caller's functions pass, numbered anew.
 */
class Heard {
  text = '';
  finished: Finished | undefined;
  private readonly own = new ToolCalls();
  private readonly ownIndexes = new Set<number>();
  private readonly passed = new Map<number, number>();
  private readonly callers: ReadonlySet<string>;

  constructor(
    private readonly offers: Map<string, OfferedSkill>,
    callers: readonly { name: string }[],
  ) {
    this.callers = new Set(callers.map(({ name }) => name));
  }

  toolCall(event: ToolCallDelta): ToolCallDelta | undefined {
    const known = this.ownIndexes.has(event.index) || this.passed.has(event.index);
    if (!known) {
      if (event.name !== undefined && this.callers.has(event.name)) this.passed.set(event.index, this.passed.size);
      else this.ownIndexes.add(event.index);
    }
    const index = this.passed.get(event.index);
    if (index !== undefined) return { ...event, index };
    this.own.add(event);
    return undefined;
  }

  skillCalls(): SkillCall[] {
    if (this.passed.size > 0) return [];
    return this.own.list().map((call) => ({ offer: this.offers.get(call.name), call }));
  }
}

class TotalUsage {
  usage: Usage = { inputTokens: 0, outputTokens: 0 };

  add({ inputTokens, outputTokens, estimated }: Usage): void {
    this.usage = {
      inputTokens: this.usage.inputTokens + inputTokens,
      outputTokens: this.usage.outputTokens + outputTokens,
      ...((estimated || this.usage.estimated) && { estimated: true }),
    };
  }
}

/** Undefined for what is no JSON object; models leave out the arguments of a function that needs none. */
function parseArguments(text: string): object | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function asText(result: unknown): string {
  return typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null');
}

function bounded(text: string): string {
  if (text.length <= LONGEST_RESULT) return text;
  return `${text.slice(0, LONGEST_RESULT).toWellFormed()}\n… (cut off: ${text.length} characters in all)`;
}
