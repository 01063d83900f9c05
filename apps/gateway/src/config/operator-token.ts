import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ensurePrivateFile } from './private-file.js';
import type { GatewayConfig } from './resolve.js';

export interface OperatorToken {
  /** What the operator shows as a bearer token. */
  token: string;
  /** Where it is kept; undefined where it comes from the configuration. */
  file?: string;
  created: boolean;
}

/** A new secret of 256 bits, as `openclaw auth generate-token` prints it. */
export function generateOperatorToken(): string {
  return `oc_op_${randomBytes(32).toString('base64url')}`;
}

/**
 * The operator's secret: the configured token or password, else the one in `<home>/operator-token`, which is made at the first
 * start. Undefined where authentication is off.
 */
export async function ensureOperatorToken(home: string, config: GatewayConfig): Promise<OperatorToken | undefined> {
  if (!config.authEnabled) return undefined;
  const { mode, token, password } = config.gateway.auth;
  const configured = mode === 'password' ? password : token;
  if (configured !== undefined) return { token: configured, created: false };
  const file = join(home, 'operator-token');
  const { content, created } = await ensurePrivateFile(file, generateOperatorToken);
  return { token: content, file, created };
}
