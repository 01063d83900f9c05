import type { Usage } from '../conversations/conversation.js';
import type { ModelChoice } from '../messages/agent-runner.js';
import type { ModelCallFacts } from '../metrics/metrics.js';
import { currentSpan } from '../shared/request-context.js';
import type { Span, SpanOutcome, TraceContext } from './span.js';

export interface CallBegun {
  method: string;
  /** Without its query. */
  path: string;
  requestId: string;
  /** What the caller says of its own trace: text from outside, to be looked at before it is used. */
  from: TraceContext | undefined;
}

export interface CallOutcome {
  /** The route's pattern; undefined where there was none. */
  route: string | undefined;
  status: number;
  /** Of a caller who was let in. */
  tenant: string | undefined;
}

export interface TurnBegun {
  tenant: string;
  id: string;
  conversationId: string;
  agentId: string;
  /** 1 for the first run. */
  attempt: number;
  /** Of the call that asked for it, which may have been another replica's. */
  from: TraceContext | undefined;
}

export interface TurnOutcome extends SpanOutcome {
  /** Undefined where there was no answer. */
  answer?: { model: string; usage: Usage; interrupted: boolean };
}

export interface ModelCallBegun extends ModelChoice {
  operation: 'chat' | 'embeddings';
  /** What kind of provider it is, e.g. `anthropic`. */
  kind: string | undefined;
  /** 1 for the first attempt. */
  attempt: number;
  maxTokens?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
}

export interface ModelCallOutcome extends SpanOutcome {
  outcome: ModelCallFacts['outcome'];
  /** As the provider named it. */
  model?: string | undefined;
  usage?: Usage | undefined;
  finishReason?: string | undefined;
  firstTokenSeconds?: number | undefined;
}

/**
 * Is told what begins and what ends, to follow a request through everything that it sets off. Each begins within `currentSpan()`, a turn
 * within what it was asked `from` where there is none. Called on every request's way: implementations are quick and never throw.
 */
export abstract class Tracer {
  abstract call(call: CallBegun): Span<CallOutcome>;
  abstract turn(turn: TurnBegun): Span<TurnOutcome>;
  abstract modelCall(call: ModelCallBegun): Span<ModelCallOutcome>;
  /** One statement, by its name: never its text or values. What nobody asked for, and so has no `currentSpan()`, is not worth a span. */
  abstract query(name: string): Span<SpanOutcome>;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** As long as it has to be handed on. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;
const NOTHING: Span<unknown> = { context: undefined, end: () => undefined };

function handedOn(context: TraceContext | undefined): Span<unknown> {
  return context ? { context, end: NOTHING.end } : NOTHING;
}

/** For whoever does not want to know: what the caller says of its trace is handed on as it came. */
export class NoTracer extends Tracer {
  call({ from }: CallBegun): Span<unknown> {
    if (!from || !TRACEPARENT.test(from.traceparent)) return NOTHING;
    const { traceparent, tracestate } = from;
    return handedOn(tracestate !== undefined && TRACESTATE.test(tracestate) ? from : { traceparent });
  }

  turn({ from }: TurnBegun): Span<unknown> {
    return handedOn(currentSpan()?.context ?? from);
  }

  modelCall(): Span<unknown> {
    return handedOn(currentSpan()?.context);
  }

  query(): Span<unknown> {
    return NOTHING;
  }
}
