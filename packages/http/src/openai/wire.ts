import { describe } from '@openclaw/contracts';
import { InvalidInput } from '@openclaw/core';
import type { JsonObject } from '../body/parse-json.js';

/** A member that is an object. Throws `InvalidInput`. */
export function objectAt(value: unknown, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw wrong(field, 'an object', value);
}

/** A member that is a string and, unless `empty`, not an empty one. Throws `InvalidInput`. */
export function textAt(value: unknown, field: string, empty = false): string {
  if (typeof value === 'string' && (empty || value !== '')) return value;
  throw wrong(field, empty ? 'a string' : 'a non-empty string', value);
}

/** The same, where nothing (or null) may stand. */
export function optionalTextAt(value: unknown, field: string): string | undefined {
  return value === undefined || value === null ? undefined : textAt(value, field, true);
}

export function wrong(field: string, wanted: string, value: unknown): InvalidInput {
  return InvalidInput.field(field, `${field} must be ${wanted}, got ${describe(value)}`);
}

export function unsupported(field: string, message: string): InvalidInput {
  return InvalidInput.field(field, message);
}
