export { OpenTelemetryTracer } from './open-telemetry-tracer.js';
export type { OtlpSettings, Sampling } from './otlp-settings.js';
