import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { OtlpSettings } from './otlp-settings.js';

/** Only the encoding that is asked for is loaded. */
export async function otlpExporter({ url, encoding, headers, timeoutMs }: OtlpSettings): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    encoding === 'json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ url, headers, timeoutMillis: timeoutMs });
}
