/** Which traces are kept, in the words of OTEL_TRACES_SAMPLER. With `parentbased_`, the caller's decision is kept to where there is one. */
export interface Sampling {
  sampler:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio';
  /** 0…1 */
  ratio: number;
}

export interface OtlpSettings {
  /** Where spans are posted to, e.g. `http://localhost:4318/v1/traces`. */
  url: string;
  encoding: 'protobuf' | 'json';
  /** Sent along; often with a secret. */
  headers: Record<string, string>;
  /** For one export, retries included. */
  timeoutMs: number;
  /** How long spans are gathered before they are sent. Default 5,000. */
  delayMs?: number;
  serviceName: string;
  serviceVersion: string;
  /** Facts about this process or its place, sent with every span. */
  attributes: Record<string, string>;
  sampling: Sampling;
}
