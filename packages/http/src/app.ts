import express, { type Express } from 'express';
import type { HttpDeps } from './http-deps.js';
import { answerErrors, notFound } from './middleware/answer-errors.js';
import { beginCall } from './middleware/begin-call.js';
import { cors } from './middleware/cors.js';
import { chatRoutes } from './rest/chat.controller.js';
import { configRoutes } from './rest/config.controller.js';
import { conversationRoutes } from './rest/conversations.controller.js';
import { healthRoutes } from './rest/health.controller.js';
import { logRoutes } from './rest/logs.controller.js';
import { messageRoutes } from './rest/message.controller.js';
import { modelRoutes } from './rest/models.controller.js';
import { sendRoutes } from './rest/send.controller.js';
import { sessionRoutes } from './rest/sessions.controller.js';
import { statusRoutes } from './rest/status.controller.js';
import { apiRouter } from './router.js';

/** The way of every request, from top to bottom. Who may call what stands in the routes: see `apiRouter`. */
export function createApp(deps: HttpDeps, draining: () => boolean): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');

  app.use(beginCall(deps, draining));
  app.use(cors());
  app.use(
    apiRouter(
      [
        ...chatRoutes(deps),
        ...messageRoutes(deps),
        ...conversationRoutes(deps),
        ...sessionRoutes(deps),
        ...healthRoutes(deps),
        ...modelRoutes(deps),
        ...sendRoutes(),
        ...statusRoutes(deps),
        ...configRoutes(deps),
        ...logRoutes(deps),
      ],
      deps.authenticate,
    ),
  );
  app.use(notFound);
  app.use(answerErrors(deps.logger));
  return app;
}
