import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.js';
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
  const configured = configuredSecret(config);
  if (configured !== undefined) return { token: configured, created: false };
  const file = operatorTokenFile(home);
  const { content, created } = await ensurePrivateFile(file, generateOperatorToken);
  return { token: content, file, created };
}

/** The same secret for those who only use it: undefined, too, where none has been made yet. */
export async function readOperatorToken(home: string, config: GatewayConfig): Promise<OperatorToken | undefined> {
  if (!config.authEnabled) return undefined;
  const configured = configuredSecret(config);
  if (configured !== undefined) return { token: configured, created: false };
  const file = operatorTokenFile(home);
  try {
    return { token: (await readFile(file, 'utf8')).trim(), file, created: false };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function operatorTokenFile(home: string): string {
  return join(home, 'operator-token');
}

/** The operator's secret as files, environment or stored settings have it. */
export function configuredSecret({ gateway }: GatewayConfig): string | undefined {
  const { mode, token, password } = gateway.auth;
  return mode === 'password' ? password : token;
}
