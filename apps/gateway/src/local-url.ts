import type { GatewayConfig } from './config/index.js';

/** Where a gateway with this configuration is reached from its own machine. */
export function localUrl({ gateway: { bindAddress, port } }: Pick<GatewayConfig, 'gateway'>): string {
  if (bindAddress === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (bindAddress === '::') return `http://[::1]:${port}`;
  return `http://${bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress}:${port}`;
}
