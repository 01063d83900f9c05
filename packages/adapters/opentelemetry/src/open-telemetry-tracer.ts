import {
  type CallBegun,
  type CallOutcome,
  currentSpan,
  type Logger,
  type ModelCallBegun,
  type ModelCallOutcome,
  NoTracer,
  ProviderError,
  type Span,
  type SpanOutcome,
  type TraceContext,
  Tracer,
  type TurnBegun,
  type TurnOutcome,
} from '@openclaw/core';
import {
  type Context,
  defaultTextMapGetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  type Tracer as ApiTracer,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { otlpExporter } from './exporter.js';
import { type Ending, errorTypeOf, type Facts, known, OtelSpan } from './otel-span.js';
import type { OtlpSettings } from './otlp-settings.js';
import { samplerOf } from './sampler.js';

const SCOPE = 'openclaw-gateway';
/** Of a statement that nobody asked for. */
const UNTRACED: Span<unknown> = new NoTracer().query();
const CLOSE_PATIENCE_MS = 5_000;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP. Names follow its conventions for HTTP, databases and generative AI
 * (https://opentelemetry.io/docs/specs/semconv/), `openclaw.*` where they have none. Bodies, prompts, answers and errors' texts are never
 * told.
 */
export class OpenTelemetryTracer extends Tracer {
  private readonly tracer: ApiTracer;
  private readonly propagator = new W3CTraceContextPropagator();

  private constructor(
    private readonly provider: TracerProvider,
    private readonly logger: Logger,
    version: string,
  ) {
    super();
    this.tracer = provider.getTracer(SCOPE, version);
  }

  static async open(settings: OtlpSettings, logger: Logger): Promise<OpenTelemetryTracer> {
    hear(logger);
    const provider = new TracerProvider({
      resource: resourceFromAttributes({
        ...settings.attributes,
        'service.name': settings.serviceName,
        'service.version': settings.serviceVersion,
      }),
      sampler: samplerOf(settings.sampling),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: await otlpExporter(settings),
          ...(settings.delayMs !== undefined && { scheduledDelayMillis: settings.delayMs }),
        }),
      ],
    });
    return new OpenTelemetryTracer(provider, logger, settings.serviceVersion);
  }

  call({ method, path, requestId, from }: CallBegun): Span<CallOutcome> {
    const verb = METHODS.has(method) ? method : 'HTTP';
    const facts = {
      'http.request.method': verb === 'HTTP' ? '_OTHER' : verb,
      'url.path': path,
      'url.scheme': 'http',
      'openclaw.request.id': requestId,
    };
    return this.start(verb, SpanKind.SERVER, facts, this.remote(from), ({ route, status, tenant }: CallOutcome) => ({
      ...(route !== undefined && { name: `${verb} ${route}` }),
      facts: { 'http.route': route, 'http.response.status_code': status, 'openclaw.tenant': tenant },
      errorType: status >= 500 ? String(status) : undefined,
    }));
  }

  turn({ tenant, id, conversationId, agentId, attempt, from }: TurnBegun): Span<TurnOutcome> {
    const facts = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': agentId,
      'gen_ai.conversation.id': conversationId,
      'openclaw.tenant': tenant,
      'openclaw.turn.id': id,
      'openclaw.turn.attempt': attempt,
    };
    const parent = this.within() ?? this.remote(from);
    return this.start(`invoke_agent ${agentId}`, SpanKind.INTERNAL, facts, parent, turnEnding);
  }

  modelCall(call: ModelCallBegun): Span<ModelCallOutcome> {
    const facts = {
      'gen_ai.operation.name': call.operation,
      'gen_ai.provider.name': call.kind ?? call.provider,
      'gen_ai.request.model': call.model,
      'gen_ai.request.max_tokens': call.maxTokens,
      'gen_ai.request.temperature': call.temperature,
      'gen_ai.request.top_p': call.topP,
      'openclaw.provider': call.provider,
      'openclaw.model_call.attempt': call.attempt,
    };
    const name = `${call.operation} ${call.model}`;
    return this.start(name, SpanKind.CLIENT, facts, this.within() ?? ROOT_CONTEXT, modelCallEnding);
  }

  query(name: string): Span<SpanOutcome> {
    const parent = this.within();
    if (!parent) return UNTRACED;
    const facts = { 'db.system.name': 'postgresql', 'db.query.summary': name };
    return this.start(name, SpanKind.CLIENT, facts, parent, ({ error }: SpanOutcome) => ({
      errorType: errorTypeOf(error),
    }));
  }

  /** Sends what is left, as far as it can be done within some seconds. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the collector does not take them')), CLOSE_PATIENCE_MS);
    });
    try {
      await Promise.race([this.provider.shutdown(), patience]);
    } catch (error) {
      this.logger.warn('the last spans could not be sent', { error });
    } finally {
      clearTimeout(timer);
      diag.disable();
    }
  }

  private start<Outcome>(
    name: string,
    kind: SpanKind,
    facts: Facts,
    parent: Context,
    told: (outcome: Outcome) => Ending,
  ): OtelSpan<Outcome> {
    return new OtelSpan(this.tracer.startSpan(name, { kind, attributes: known(facts) }, parent), parent, told);
  }

  private within(): Context | undefined {
    const span = currentSpan();
    return span instanceof OtelSpan ? span.inner : undefined;
  }

  /** What is no trace context is passed over. */
  private remote(from: TraceContext | undefined): Context {
    return from ? this.propagator.extract(ROOT_CONTEXT, from, defaultTextMapGetter) : ROOT_CONTEXT;
  }
}

function turnEnding({ answer, error }: TurnOutcome): Ending {
  const errorType = errorTypeOf(error);
  const facts = {
    'gen_ai.response.model': answer?.model,
    'gen_ai.usage.input_tokens': answer?.usage.inputTokens,
    'gen_ai.usage.output_tokens': answer?.usage.outputTokens,
  };
  // Who leaves or cancels has not met with an error.
  if (errorType === 'caller-left' || errorType === 'cancelled')
    return { facts: { ...facts, 'openclaw.outcome': errorType } };
  return { facts: { ...facts, 'openclaw.outcome': answer ? 'answered' : 'failed' }, errorType };
}

function modelCallEnding({ outcome, model, usage, finishReason, firstTokenSeconds, error }: ModelCallOutcome): Ending {
  const status = error instanceof ProviderError ? error.status : undefined;
  return {
    facts: {
      'gen_ai.response.model': model,
      'gen_ai.response.finish_reasons': finishReason === undefined ? undefined : [finishReason],
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'openclaw.time_to_first_token': firstTokenSeconds,
      'openclaw.outcome': outcome,
      'http.response.status_code': status,
    },
    errorType: outcome === 'failed' ? (status === undefined ? errorTypeOf(error) : String(status)) : undefined,
  };
}

/** What the library has to complain of goes into our log; it complains once for the whole process. */
function hear(logger: Logger): void {
  setGlobalErrorHandler((error) => logger.warn('spans could not be sent', { error }));
  const say = (message: string) => logger.warn(message);
  diag.setLogger(
    { error: say, warn: say, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
