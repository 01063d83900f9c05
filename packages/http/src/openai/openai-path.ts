import { NotFound } from '@openclaw/core';
import type { NextFunction, Request, Response } from 'express';

/** Whether OpenAI's dialect is spoken there, errors included. */
export function isOpenAiPath(path: string): boolean {
  return path.startsWith('/v1/') || path === '/v1';
}

/** As long as the dialect is not turned on there is nothing below /v1. */
export function onlyIfOpenAiIsOn(req: Request, res: Response, next: NextFunction): void {
  if (!isOpenAiPath(req.path) || res.locals.call.settings.openAiEnabled) return next();
  throw new NotFound(
    'The OpenAI-compatible API is off; gateway.http.endpoints.chatCompletions.enabled turns it on in the configuration',
  );
}
