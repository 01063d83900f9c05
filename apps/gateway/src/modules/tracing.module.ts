import { NoTracer, type Logger, Tracer } from '@openclaw/core';
import { ContainerModule } from 'inversify';
import { type GatewayConfig, readPairs } from '../config/index.js';
import { VERSION } from '../version.js';

export interface OpenedTracer {
  tracer: Tracer;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** OpenTelemetry is loaded only where somebody wants traces. */
export async function openTracer({ gateway }: GatewayConfig, logger: Logger): Promise<OpenedTracer> {
  const settings = gateway.telemetry;
  const url = settings.tracesEndpoint ?? below(settings.endpoint);
  if (settings.disabled || settings.exporter === 'none' || url === undefined)
    return { tracer: new NoTracer(), close: async () => undefined };
  const { OpenTelemetryTracer } = await import('@openclaw/adapter-opentelemetry');
  const { 'service.name': namedThere, ...attributes } = readPairs(settings.attributes);
  const tracer = await OpenTelemetryTracer.open(
    {
      url,
      encoding: settings.protocol === 'http/json' ? 'json' : 'protobuf',
      headers: readPairs(settings.headers),
      timeoutMs: settings.timeoutMs,
      delayMs: settings.delayMs,
      serviceName: settings.serviceName ?? namedThere ?? 'openclaw-gateway',
      serviceVersion: VERSION,
      attributes,
      sampling: { sampler: settings.sampler, ratio: settings.samplerRatio },
    },
    logger.child({ component: 'gateway' }),
  );
  return { tracer, close: () => tracer.close() };
}

export function tracingModule(tracer: Tracer): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(Tracer).toConstantValue(tracer);
  });
}

function below(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
