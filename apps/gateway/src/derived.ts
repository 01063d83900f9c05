import type { GatewayConfig, LiveConfig } from './config/index.js';

/** A value worked out of the configuration, anew only after a change, so that its identity tells whether anything changed. */
export function derived<T>(live: LiveConfig, work: (config: GatewayConfig) => T): () => T {
  let from: GatewayConfig | undefined;
  let value: T;
  return () => {
    if (from !== live.current) {
      value = work(live.current);
      from = live.current;
    }
    return value;
  };
}
