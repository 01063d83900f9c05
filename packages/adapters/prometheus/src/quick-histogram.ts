import { Histogram, type MetricValueWithName, type Registry } from 'prom-client';

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
 * prom-client's own histogram checks, sorts and joins the labels at every observation, which a call makes several of; here a series is found
 * once and holds nothing but numbers.
 */
export class QuickHistogram extends Histogram {
  private readonly all = new Map<string, Series>();

  constructor(
    registry: Registry,
    private readonly named: { name: string; help: string },
    private readonly bounds: number[],
    private readonly keys: readonly string[] = [],
  ) {
    super({ ...named, buckets: bounds, labelNames: [...keys], registers: [registry] });
  }

  /** The series of these labels, in the order of their names. */
  series(...values: string[]): Series {
    const key = values.join('\n');
    let series = this.all.get(key);
    if (!series) {
      series = new Series(this.bounds, Object.fromEntries(this.keys.map((name, at) => [name, values[at] ?? ''])));
      this.all.set(key, series);
    }
    return series;
  }

  /** What the registry reads. */
  getForPromString() {
    const values = [...this.all.values()].flatMap((series) => series.values(this.named.name));
    return Promise.resolve({ ...this.named, type: 'histogram', values });
  }
}
