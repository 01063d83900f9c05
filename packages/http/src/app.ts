import express, { type Request, type RequestHandler, type Response } from 'express';
import type { HttpDeps } from './http-deps.js';
import { allowAddress } from './middleware/allow-address.js';
import { answerErrors, notFound } from './middleware/answer-errors.js';
import { beginCall, requireSaneRequest } from './middleware/begin-call.js';
import { cors } from './middleware/cors.js';
import { securityHeaders } from './middleware/security-headers.js';
import { chatCompletionRoutes } from './openai/chat-completions.controller.js';
import { embeddingsRoutes } from './openai/embeddings.controller.js';
import { agentModelRoutes } from './openai/models.controller.js';
import { responsesRoutes } from './openai/responses.controller.js';
import { onlyIfOpenAiIsOn } from './openai/openai-path.js';
import { consoleRoutes } from './console/console.controller.js';
import { channelRequests } from './channels/channel-requests.js';
import { channelRoutes } from './rest/channels.controller.js';
import { chatRoutes } from './rest/chat.controller.js';
import { configRoutes } from './rest/config.controller.js';
import { conversationRoutes } from './rest/conversations.controller.js';
import { healthRoutes } from './rest/health.controller.js';
import { logRoutes } from './rest/logs.controller.js';
import { memoryRoutes } from './rest/memory.controller.js';
import { messageRoutes } from './rest/message.controller.js';
import { modelRoutes } from './rest/models.controller.js';
import { onlyIfRestIsOn } from './rest/rest-path.js';
import { sendRoutes } from './rest/send.controller.js';
import { sessionRoutes } from './rest/sessions.controller.js';
import { skillRoutes } from './rest/skills.controller.js';
import { statusRoutes } from './rest/status.controller.js';
import { webhookRoutes } from './rest/webhooks.controller.js';
import { metricsRoutes } from './metrics/metrics.controller.js';
import { docsRoutes } from './docs/docs.controller.js';
import { sendHeadersAtOnce } from './response-headers.js';
import { apiRouter, plainRoutes, type Route } from './router.js';

/** What answers requests. */
export interface App {
  handle(req: Request, res: Response): void;
  /** The prototypes that its requests and responses have to have. */
  request: Request;
  response: Response;
}

/**
 * The way of every request, from top to bottom. Who may call what stands in the routes: see `apiRouter`. Our own steps and the routes without
 * parameters are no layers of Express's, each of which costs about as much as all of ours; what they leave goes on to its router.
 */
export function createApp(deps: HttpDeps, draining: () => boolean): App {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  sendHeadersAtOnce(app.response);

  const routes = apiRoutes(deps);
  const failed = answerErrors(deps.logger);
  app.use('/channels', channelRequests(deps));
  app.use(apiRouter(routes, deps));
  app.use(notFound(deps));
  app.use(failed);
  const handle = inOrder([
    beginCall(deps, draining),
    securityHeaders(),
    requireSaneRequest,
    allowAddress(),
    cors(),
    onlyIfRestIsOn(deps),
    onlyIfOpenAiIsOn(deps),
    plainRoutes(routes, deps),
    app,
  ]);
  return {
    request: app.request,
    response: app.response,
    handle(req, res) {
      // As Express would.
      res.locals = Object.create(null) as Response['locals'];
      req.originalUrl = req.url;
      const onError = (error: unknown) => failed(error, req, res, () => undefined);
      try {
        handle(req, res, onError);
      } catch (error) {
        onError(error);
      }
    },
  };
}

/** One step after the other; `onError` is called with what one of them gives to `next`, and what it throws is thrown. */
function inOrder(steps: RequestHandler[]) {
  return (req: Request, res: Response, onError: (error: unknown) => void): void => {
    const go = (at: number): void => {
      void steps[at]?.(req, res, (error?: unknown) => (error === undefined ? go(at + 1) : onError(error)));
    };
    go(0);
  };
}

/** The table of everything that can be called, in the order in which it is tried. */
export function apiRoutes(deps: HttpDeps): Route[] {
  const routes = [
    ...chatRoutes(deps),
    ...messageRoutes(deps),
    ...chatCompletionRoutes(deps),
    ...responsesRoutes(deps),
    ...embeddingsRoutes(deps),
    ...conversationRoutes(deps),
    ...sessionRoutes(deps),
    ...memoryRoutes(deps),
    ...healthRoutes(deps),
    ...modelRoutes(deps),
    ...agentModelRoutes(deps),
    ...sendRoutes(deps),
    ...channelRoutes(deps),
    ...webhookRoutes(deps),
    ...skillRoutes(deps),
    ...statusRoutes(deps),
    ...configRoutes(deps),
    ...logRoutes(deps),
    ...metricsRoutes(deps),
    ...consoleRoutes(),
  ];
  return [...routes, ...docsRoutes(routes, deps.version)];
}
