import type { Usage } from '../conversations/conversation.js';
import type { Metrics, ModelCallFacts } from '../metrics/metrics.js';
import type { Span } from '../tracing/span.js';
import type { ModelCallOutcome } from '../tracing/tracer.js';
import type { FinishReason, ModelChoice, RunEvent } from './agent-runner.js';

/** One call of a model under the stop-watch. */
export class MeasuredCall {
  private readonly began = performance.now();
  private firstTokenSeconds: number | undefined;
  private usage: Usage | undefined;
  private model: string | undefined;
  private finishReason: FinishReason | undefined;
  private over = false;

  constructor(
    private readonly choice: ModelChoice,
    private readonly metrics: Pick<Metrics, 'modelCall'>,
    private readonly span: Span<ModelCallOutcome>,
  ) {}

  heard(event: RunEvent): void {
    if (event.type === 'finished') ({ usage: this.usage, model: this.model, finishReason: this.finishReason } = event);
    else this.firstTokenSeconds ??= this.seconds();
  }

  /** Only the first word counts. */
  end(outcome: ModelCallFacts['outcome'], error?: unknown): void {
    if (this.over) return;
    this.over = true;
    const { firstTokenSeconds, usage, model, finishReason } = this;
    this.metrics.modelCall({ ...this.choice, outcome, seconds: this.seconds(), firstTokenSeconds, usage });
    this.span.end({ outcome, model, usage, finishReason, firstTokenSeconds, error });
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1_000;
  }
}
