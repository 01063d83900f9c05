import { openApiDocument } from '@openclaw/contracts';
import { SystemClock } from '@openclaw/core';
import { apiRoutes } from '../app.js';
import type { HttpDeps } from '../http-deps.js';

/** The OpenAPI document of this version, without a gateway: the same that every gateway serves. */
export function apiReference(version: string): string {
  // The table is read, no route of it is ever called: of what the routes work with, only what they take while they are made is there.
  const deps = { version, clock: new SystemClock() } as HttpDeps;
  return `${JSON.stringify(openApiDocument(apiRoutes(deps), version), null, 2)}\n`;
}
