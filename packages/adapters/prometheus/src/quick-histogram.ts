import type { Metric, MetricValueWithName, Registry } from 'prom-client';

/** One series of a histogram. Values beyond the last bound count in the total alone. */
export class Series {
  private readonly counts: Float64Array;
  private sum = 0;

  constructor(
    private readonly bounds: readonly number[],
    readonly labels: Record<string, string>,
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
    this.sum += value;
  }

  /** As Prometheus has it: each bucket with all that is in those below. */
  values(name: string): MetricValueWithName<string>[] {
    const { labels } = this;
    let total = 0;
    const buckets = [...this.counts].map((count, at) => {
      total += count;
      return { metricName: `${name}_bucket`, labels: { le: this.bounds[at] ?? '+Inf', ...labels }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}

/**
 * A histogram in a prom-client registry. Its own one checks, sorts and joins the labels at every observation, which a call makes several of;
 * here a series is found once and holds nothing but numbers.
 */
export class QuickHistogram {
  readonly type = 'histogram';
  private readonly series = new Map<string, Series>();

  constructor(
    registry: Registry,
    readonly name: string,
    readonly help: string,
    private readonly bounds: readonly number[],
    private readonly labelNames: readonly string[] = [],
  ) {
    // All that a registry asks of a metric is its name and `get`.
    registry.registerMetric(this as unknown as Metric);
    if (labelNames.length === 0) this.labels();
  }

  /** The series of these labels, in the order of their names. */
  labels(...values: string[]): Series {
    const key = values.join('\n');
    let series = this.series.get(key);
    if (!series) {
      series = new Series(this.bounds, Object.fromEntries(this.labelNames.map((name, at) => [name, values[at] ?? ''])));
      this.series.set(key, series);
    }
    return series;
  }

  /** For the registry, whenever it is read. */
  get() {
    const { name, help, type } = this;
    const values = [...this.series.values()].flatMap((series) => series.values(name));
    return Promise.resolve({ name, help, type, values });
  }
}
