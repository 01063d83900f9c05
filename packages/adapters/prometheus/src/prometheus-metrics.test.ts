import { describe, expect, it } from '@jest/globals';
import { InMemoryLogger } from '@openclaw/core/testing';
import { type GaugeSource, PrometheusMetrics } from './index.js';

function made(sources: GaugeSource[] = []): PrometheusMetrics {
  const metrics = new PrometheusMetrics(new InMemoryLogger(), '1.2.3');
  for (const source of sources) metrics.track(source);
  return metrics;
}

const lines = async (metrics: PrometheusMetrics, part: string) =>
  (await metrics.read()).text.split('\n').filter((line) => !line.startsWith('#') && line.includes(part));

describe('PrometheusMetrics', () => {
  it('counts calls by method, route and class of status', async () => {
    const metrics = made();
    for (const status of [200, 201, 404])
      metrics.call({ method: 'POST', route: '/api/v1/chat', status, seconds: 0.003 });
    expect(await lines(metrics, 'duration_seconds_count{')).toEqual([
      'openclaw_http_request_duration_seconds_count{method="POST",route="/api/v1/chat",status="2xx"} 2',
      'openclaw_http_request_duration_seconds_count{method="POST",route="/api/v1/chat",status="4xx"} 1',
    ]);
    expect(await lines(metrics, 'le="0.005",method="POST",route="/api/v1/chat",status="2xx"')).toEqual([
      expect.stringMatching(/ 2$/),
    ]);
  });

  it('tells each bucket with all below it, and what is beyond the last one in the total', async () => {
    const metrics = made();
    for (const seconds of [0.01, 0.02, 0.02, 5_000]) metrics.turnAnswered(seconds);
    const all = await lines(metrics, 'openclaw_turn_duration_seconds');
    expect(all.slice(0, 3)).toEqual([
      'openclaw_turn_duration_seconds_bucket{le="0.01"} 1',
      'openclaw_turn_duration_seconds_bucket{le="0.025"} 3',
      'openclaw_turn_duration_seconds_bucket{le="0.05"} 3',
    ]);
    expect(all.slice(-4)).toEqual([
      'openclaw_turn_duration_seconds_bucket{le="300"} 3',
      'openclaw_turn_duration_seconds_bucket{le="+Inf"} 4',
      'openclaw_turn_duration_seconds_sum 5000.05',
      'openclaw_turn_duration_seconds_count 4',
    ]);
  });

  it('makes one series of whatever has no route or an unheard-of method', async () => {
    const metrics = made();
    for (let i = 0; i < 1_000; i++) metrics.call({ method: `M${i}`, route: undefined, status: 404, seconds: 0 });
    expect(await lines(metrics, 'http_request_duration_seconds_count')).toEqual([
      'openclaw_http_request_duration_seconds_count{method="other",route="none",status="4xx"} 1000',
    ]);
  });

  it('tells model calls, first tokens and tokens by model, of so many models at most', async () => {
    const metrics = made();
    const facts = { provider: 'p', outcome: 'answered', seconds: 2, firstTokenSeconds: 0.2 } as const;
    metrics.modelCall({ ...facts, model: 'm', usage: { inputTokens: 7, outputTokens: 3 } });
    metrics.modelCall({ ...facts, model: 'm', outcome: 'failed', firstTokenSeconds: undefined, usage: undefined });
    expect(await lines(metrics, 'tokens_total')).toEqual([
      'openclaw_model_tokens_total{provider="p",model="m",direction="input"} 7',
      'openclaw_model_tokens_total{provider="p",model="m",direction="output"} 3',
    ]);
    expect(await lines(metrics, 'first_token_seconds_count')).toEqual([expect.stringMatching(/ 1$/)]);
    expect(await lines(metrics, 'model_call_duration_seconds_count')).toEqual([
      expect.stringMatching(/outcome="answered"} 1$/),
      expect.stringMatching(/outcome="failed"} 1$/),
      expect.stringMatching(/outcome="abandoned"} 0$/),
    ]);
    for (let i = 0; i < 1_000; i++) metrics.modelCall({ ...facts, model: `m${i}`, usage: undefined });
    expect((await lines(metrics, 'first_token_seconds_count')).length).toBe(201);
  });

  it('looks gauges up when it is read, and leaves out what can not be told now', async () => {
    let away = false;
    const metrics = made([
      { name: 'openclaw_one', help: 'One.', values: () => ({ '': 5 }) },
      {
        name: 'openclaw_many',
        help: 'Many.',
        label: 'state',
        values: async () => {
          if (away) throw new Error('the database is away');
          return { idle: 1, busy: 2 };
        },
      },
    ]);
    metrics.streams(1);
    metrics.streams(1);
    metrics.streams(-1);
    expect(await lines(metrics, 'openclaw_streams_active')).toEqual(['openclaw_streams_active 1']);
    expect(await lines(metrics, 'openclaw_one')).toEqual(['openclaw_one 5']);
    expect(await lines(metrics, 'openclaw_many')).toEqual([
      'openclaw_many{state="idle"} 1',
      'openclaw_many{state="busy"} 2',
    ]);
    away = true;
    expect(await lines(metrics, 'openclaw_many')).toEqual([]);
    expect(await lines(metrics, 'openclaw_one')).toEqual(['openclaw_one 5']);
  });

  it('has the process and its event loop', async () => {
    const { contentType, text } = await made().read();
    expect(contentType).toContain('text/plain');
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toContain(`\n${name} `);
    expect(text).toContain('openclaw_build_info{version="1.2.3"} 1');
  });
});
