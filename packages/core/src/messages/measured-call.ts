import type { Usage } from '../conversations/conversation.js';
import type { Metrics, ModelCallFacts } from '../metrics/metrics.js';
import type { ModelChoice, RunEvent } from './agent-runner.js';

/** One call of a model under the stop-watch. */
export class MeasuredCall {
  private readonly began = performance.now();
  private firstTokenSeconds: number | undefined;
  private usage: Usage | undefined;
  private over = false;

  constructor(
    private readonly choice: ModelChoice,
    private readonly metrics: Pick<Metrics, 'modelCall'>,
  ) {}

  heard(event: RunEvent): void {
    if (event.type === 'finished') this.usage = event.usage;
    else this.firstTokenSeconds ??= this.seconds();
  }

  /** Only the first word counts. */
  end(outcome: ModelCallFacts['outcome']): void {
    if (this.over) return;
    this.over = true;
    const { firstTokenSeconds, usage } = this;
    this.metrics.modelCall({ ...this.choice, outcome, seconds: this.seconds(), firstTokenSeconds, usage });
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1_000;
  }
}
