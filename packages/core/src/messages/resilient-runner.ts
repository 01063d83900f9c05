import { type Metrics, NoMetrics } from '../metrics/metrics.js';
import type { Logger } from '../shared/logger.js';
import type { TraceContext } from '../tracing/span.js';
import { type ModelCallBegun, NoTracer, type Tracer } from '../tracing/tracer.js';
import { type Refusal, UpstreamFailed } from '../shared/errors.js';
import { type AgentRunner, type ModelChoice, ProviderError, type RunEvent, type RunRequest } from './agent-runner.js';
import { MeasuredCall } from './measured-call.js';
import { SoundRun } from './sound-run.js';

export interface ProviderHandle {
  runner: AgentRunner;
  /** How often a request that failed before its first token is tried again. */
  maxRetries: number;
  /** E.g. `anthropic`. */
  kind?: string;
}

export interface RunnerRoutes {
  /** Undefined when no provider of that name is configured any more. */
  provider(name: string): ProviderHandle | undefined;
  fallbacksFor(choice: ModelChoice): ModelChoice[];
}

const FIRST_BACKOFF_MS = 250;
/** A provider that asks for more patience than this is left for a fallback. */
const LONGEST_BACKOFF_MS = 8_000;

export interface ProviderState {
  provider: string;
  status: 'ok' | 'down' | 'unused';
  lastError?: string;
}

/**
 * Runs a request on its provider; on a failure that may pass, before anything was said, tries again with backoff, then
 * turns to the fallbacks. Once the first token is out a failure is final: what was said can't be unsaid.
 */
export class ResilientRunner {
  /** The outcome of each provider's last call: undefined when it went well, else why not. */
  private readonly outcomes = new Map<string, string | undefined>();

  constructor(
    private readonly routes: () => RunnerRoutes,
    private readonly logger: Logger,
    private readonly pause: (ms: number, signal: AbortSignal) => Promise<void> = pauseFor,
    private readonly metrics: Pick<Metrics, 'modelCall'> = new NoMetrics(),
    private readonly tracer: Pick<Tracer, 'modelCall'> = new NoTracer(),
  ) {}

  /** Throws `UpstreamFailed` when nobody could answer. */
  async *run(request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const routes = this.routes();
    let last: unknown;
    // A request that somebody might still take is no bad one.
    let refusal: Refusal | undefined;
    let refusals = 0;
    let asked = 0;
    for (const choice of inOrder(request.choice, routes)) {
      const handle = routes.provider(choice.provider);
      if (!handle) continue;
      asked++;
      for (let attempt = 0; ; attempt++) {
        const span = this.tracer.modelCall(callBegun(request, choice, handle.kind, attempt + 1));
        const measured = new MeasuredCall(choice, this.metrics, span);
        let spoke = false;
        let finished = false;
        try {
          const run = new SoundRun();
          for await (const event of handle.runner.run(requestFor(request, choice, span.context), signal)) {
            spoke = true;
            finished = event.type === 'finished';
            measured.heard(event);
            const sound = run.next(event);
            if (Array.isArray(sound)) yield* sound;
            else yield sound;
          }
          if (!finished) throw brokenOff(choice.provider);
          this.outcomes.set(choice.provider, undefined);
          measured.end('answered');
          return;
        } catch (error) {
          measured.end(signal.aborted ? 'abandoned' : 'failed', error);
          signal.throwIfAborted();
          if (!(error instanceof ProviderError)) throw error;
          // A provider that refuses what is in a request is well; else any caller could make it look down.
          this.outcomes.set(choice.provider, error.refusal ? undefined : error.message);
          if (spoke) throw error;
          last = error;
          const again =
            error.retryable && attempt < handle.maxRetries && (error.retryAfterMs ?? 0) <= LONGEST_BACKOFF_MS;
          this.logger.warn('model call failed', {
            provider: choice.provider,
            model: choice.model,
            status: error.status,
            error: error.message,
            attempt: attempt + 1,
            next: again ? 'retry' : 'fallback or give up',
          });
          if (!again) {
            refusal ??= error.refusal;
            if (error.refusal) refusals++;
            break;
          }
          await this.pause(backoff(attempt, error.retryAfterMs), signal);
        } finally {
          measured.end('abandoned');
        }
      }
    }
    if (last instanceof Error)
      throw new UpstreamFailed(last.message, { cause: last, refusal: refusals === asked ? refusal : undefined });
    throw new UpstreamFailed(`No provider named "${request.choice.provider}" is configured`);
  }

  /** How each provider's last call went. */
  state(providers: string[]): ProviderState[] {
    return providers.map((provider) => {
      if (!this.outcomes.has(provider)) return { provider, status: 'unused' };
      const lastError = this.outcomes.get(provider);
      return lastError === undefined ? { provider, status: 'ok' } : { provider, status: 'down', lastError };
    });
  }
}

/** Fallbacks are asked for when they are needed, which is seldom. */
function* inOrder(choice: ModelChoice, routes: RunnerRoutes): Generator<ModelChoice> {
  yield choice;
  yield* routes.fallbacksFor(choice);
}

/** The caller's own request where nothing of it has to be another, as is usual: a copy of so many members costs something. */
function requestFor(request: RunRequest, choice: ModelChoice, trace: TraceContext | undefined): RunRequest {
  return choice === request.choice && trace === request.trace ? request : { ...request, choice, trace };
}

function callBegun(
  { maxTokens, temperature, topP }: RunRequest,
  choice: ModelChoice,
  kind: string | undefined,
  attempt: number,
): ModelCallBegun {
  const { provider, model } = choice;
  return { operation: 'chat', provider, model, kind, attempt, maxTokens, temperature, topP };
}

/** A runner that just ends has not kept its promise; a short answer must not pass for a whole one. */
function brokenOff(provider: string): ProviderError {
  return new ProviderError(`The model provider "${provider}" ended without a finished answer`, { retryable: true });
}

function backoff(attempt: number, askedMs: number | undefined): number {
  const grown = Math.min(FIRST_BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS);
  const jittered = grown * (0.5 + Math.random() / 2);
  return Math.max(jittered, askedMs ?? 0);
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
