import type { Attempt } from '@openclaw/core';

/** An attempt as it is kept. */
export interface AttemptRecord {
  at: string;
  latency_ms: number;
  status?: number;
  error?: string;
  response?: string;
}

export function toRecord({ at, latencyMs, response, ...facts }: Attempt): AttemptRecord {
  // PostgreSQL keeps no NUL in JSON, and receivers may answer anything.
  const text = response?.replaceAll('\0', '\u{fffd}').toWellFormed();
  return { at: at.toISOString(), latency_ms: latencyMs, ...facts, ...(text !== undefined && { response: text }) };
}

export function fromRecord({ at, latency_ms: latencyMs, ...facts }: AttemptRecord): Attempt {
  return { at: new Date(at), latencyMs, ...facts };
}
