import {
  type CallFacts,
  type Logger,
  Metrics,
  type MetricsReader,
  type ModelCallFacts,
  type WebhookFacts,
} from '@openclaw/core';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { QuickHistogram, type Series } from './quick-histogram.js';

/** Something that is so much now; looked up when the metrics are read. */
export interface GaugeSource {
  name: string;
  help: string;
  /** The name of the label of `values`; left out where there is only one value. */
  label?: string;
  /** By label; `''` where there is none. What throws is left out of this reading. */
  values(): Record<string, number> | Promise<Record<string, number>>;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** In the place of every path that is no route: else each guess of a scanner would become a series. */
const NO_ROUTE = 'none';
const OTHER = 'other';
/** How often the event loop's lag is measured. */
const LAG_EVERY_MS = 50;
/** More models than any configuration has; whatever comes after is counted together. */
const MOST_MODELS = 200;

const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const MODEL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const DELAY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200];

interface ModelSeries {
  provider: string;
  model: string;
  calls: Record<ModelCallFacts['outcome'], Series>;
  firstToken: Series;
  input: number;
  output: number;
}

/** Metrics in Prometheus's text format. Label values come from fixed lists and the configuration, so their number is bounded. */
export class PrometheusMetrics extends Metrics implements MetricsReader {
  private readonly registry = new Registry();
  private readonly callSeconds = this.histogram(
    'openclaw_http_request_duration_seconds',
    'From a request’s first byte to the end of its response, streams included.',
    CALL_SECONDS,
    ['method', 'route', 'status'],
  );
  private readonly turnSeconds = this.histogram(
    'openclaw_turn_duration_seconds',
    'From a turn’s acceptance to its answer.',
    MODEL_SECONDS,
  ).series();
  private readonly modelSeconds = this.histogram(
    'openclaw_model_call_duration_seconds',
    'From asking a model to the end of its answer; retries count one by one.',
    MODEL_SECONDS,
    ['provider', 'model', 'outcome'],
  );
  private readonly firstTokenSeconds = this.histogram(
    'openclaw_model_first_token_seconds',
    'From asking a model to the first it says.',
    MODEL_SECONDS,
    ['provider', 'model'],
  );
  private readonly openStreams = new Gauge({
    name: 'openclaw_streams_active',
    help: 'Streamed responses that are being sent.',
    registers: [this.registry],
  });
  private readonly webhookSeconds = this.histogram(
    'openclaw_webhook_attempt_duration_seconds',
    'Requests to webhook endpoints; outcome: delivered, retry (to be tried again) or dead (given up).',
    MODEL_SECONDS,
    ['outcome'],
  );
  private readonly webhookDelay = this.histogram(
    'openclaw_webhook_delay_seconds',
    'From an event to its delivery to a webhook endpoint.',
    DELAY_SECONDS,
  ).series();
  private readonly callSeries = new Map<string, Series>();
  private readonly modelSeries = new Map<string, ModelSeries>();

  constructor(
    private readonly logger: Logger,
    version = '',
  ) {
    super();
    // By default it wakes an idle process 100 times a second.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_EVERY_MS });
    const build = new Gauge({
      name: 'openclaw_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version'],
      registers: [this.registry],
    });
    build.set({ version }, 1);
    this.countTokens();
  }

  call({ method, route = NO_ROUTE, status, seconds }: CallFacts): void {
    const key = `${method} ${status} ${route}`;
    let series = this.callSeries.get(key);
    if (!series) {
      const known = METHODS.has(method) ? method : OTHER;
      series = this.callSeconds.series(known, route, `${Math.floor(status / 100)}xx`);
      if (known !== OTHER) this.callSeries.set(key, series);
    }
    series.observe(seconds);
  }

  modelCall({ provider, model, outcome, seconds, firstTokenSeconds, usage }: ModelCallFacts): void {
    const series = this.ofModel(provider, model);
    series.calls[outcome].observe(seconds);
    if (firstTokenSeconds !== undefined) series.firstToken.observe(firstTokenSeconds);
    if (!usage) return;
    series.input += usage.inputTokens;
    series.output += usage.outputTokens;
  }

  turnAnswered(seconds: number): void {
    this.turnSeconds.observe(seconds);
  }

  streams(change: 1 | -1): void {
    this.openStreams.inc(change);
  }

  webhookAttempt({ outcome, seconds, sinceEventSeconds }: WebhookFacts): void {
    this.webhookSeconds.series(outcome).observe(seconds);
    if (outcome === 'delivered') this.webhookDelay.observe(sinceEventSeconds);
  }

  async read(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  private ofModel(provider: string, model: string): ModelSeries {
    const key = `${provider} ${model}`;
    const known = this.modelSeries.get(key);
    if (known) return known;
    if (this.modelSeries.size >= MOST_MODELS && model !== OTHER) return this.ofModel(OTHER, OTHER);
    const series: ModelSeries = {
      provider,
      model,
      calls: {
        answered: this.modelSeconds.series(provider, model, 'answered'),
        failed: this.modelSeconds.series(provider, model, 'failed'),
        abandoned: this.modelSeconds.series(provider, model, 'abandoned'),
      },
      firstToken: this.firstTokenSeconds.series(provider, model),
      input: 0,
      output: 0,
    };
    this.modelSeries.set(key, series);
    return series;
  }

  private countTokens(): void {
    const { modelSeries } = this;
    new Counter({
      name: 'openclaw_model_tokens_total',
      help: 'Tokens, where the provider sent figures.',
      labelNames: ['provider', 'model', 'direction'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { provider, model, input, output } of modelSeries.values()) {
          this.inc({ provider, model, direction: 'input' }, input);
          this.inc({ provider, model, direction: 'output' }, output);
        }
      },
    });
  }

  private histogram(name: string, help: string, bounds: number[], labelNames?: string[]): QuickHistogram {
    return new QuickHistogram(this.registry, { name, help }, bounds, labelNames);
  }

  /** The source is asked anew at every reading. */
  track({ name, help, label, values }: GaugeSource): void {
    const { logger } = this;
    new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.registry],
      async collect() {
        this.reset();
        try {
          for (const [key, value] of Object.entries(await values())) {
            if (label === undefined) this.set(value);
            else this.set({ [label]: key }, value);
          }
        } catch (error) {
          // Better the other figures than none: the database may be away just when they are needed most.
          if (label === undefined) this.remove();
          logger.debug('a metric could not be read', { metric: name, error });
        }
      },
    });
  }
}
