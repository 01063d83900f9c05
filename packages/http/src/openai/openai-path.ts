import { NotFound } from '@openclaw/core';
import type { RequestHandler } from 'express';
import type { Access } from '../middleware/authorize.js';
import { nothingWhere } from '../middleware/nothing-where.js';

/** Whether OpenAI's dialect is spoken there, errors included. */
export function isOpenAiPath(path: string): boolean {
  return path.startsWith('/v1/') || path === '/v1';
}

const OFF =
  'The OpenAI-compatible API is off; gateway.http.endpoints.chatCompletions.enabled turns it on in the configuration';

/** As long as the dialect is not turned on there is nothing below /v1. */
export function onlyIfOpenAiIsOn(access: Access): RequestHandler {
  return nothingWhere(access, ({ path }, { settings }) =>
    isOpenAiPath(path) && !settings.openAiEnabled ? new NotFound(OFF) : undefined,
  );
}
