import { ResponsesRequest } from '@openclaw/contracts';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { newAnswerId } from './answer-id.js';
import { wholeAnswer } from './chat-answer.js';
import { streamCompletion } from './completion-stream.js';
import { responsesDocs } from './openai.docs.js';
import { openAiBody } from './openai-body.js';
import { addressed, answerPrompt } from './prompt-call.js';
import { openResponse, ResponseStream, wholeResponse } from './responses-answer.js';
import { responsesPrompt } from './responses-request.js';

export function responsesRoutes(deps: HttpDeps): Route[] {
  async function respond(call: ApiCall): Promise<void> {
    const body = await openAiBody(call, ResponsesRequest);
    const whom = addressed(call, deps.agents(), body);
    const { messages, options, stream } = responsesPrompt(body);
    const created = Math.floor(deps.clock.now().getTime() / 1000);
    const open = openResponse({ id: newAnswerId('resp_'), created, model: whom.model }, body);
    const events = answerPrompt(call, { ...whom, messages, options, stream }, deps);
    if (stream) return streamCompletion(call, events, new ResponseStream(open), deps.logger);
    call.reply(200, wholeResponse(open, await wholeAnswer(events)));
  }

  return [{ method: 'post', path: '/v1/responses', scopes: ['chat'], docs: responsesDocs, handle: respond }];
}
