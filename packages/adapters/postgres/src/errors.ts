import { DomainError, Unavailable } from '@openclaw/core';

/** SQLSTATE classes and codes that mean: the server is away or going away, not that the statement was wrong. */
const AWAY = new Set(['57P01', '57P02', '57P03', '53300', '53400', '25006', '55P03', '57014', '53100', '58030']);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const POOL_WORDS =
  /terminated|timeout exceeded when trying to connect|Connection ended|not queryable|Query read timeout|Cannot use a pool/i;

/** True when the same statement may go well once the database is back. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return AWAY.has(code) || code.startsWith('08') || NETWORK.has(code) || POOL_WORDS.test(error.message);
}

/** The driver's error in the product's words. */
export function translate(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (isAway(error)) return new Unavailable('The database is away; try again in a moment', { cause: error });
  return error;
}

/** True when the server itself refused the statement: nothing came of it. A connection that was lost leaves that open. */
export function rolledBack(error: unknown): boolean {
  const state = sqlState(error) ?? '';
  return /^[0-9A-Z]{5}$/.test(state) && !state.startsWith('08') && !state.startsWith('57P') && !NETWORK.has(state);
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
