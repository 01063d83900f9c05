import { ChatCompletionRequest } from '@openclaw/contracts';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { chatCompletion, chatStream, wholeAnswer } from './chat-answer.js';
import { chatPrompt } from './chat-request.js';
import { streamCompletion } from './completion-stream.js';
import { newAnswerId } from './answer-id.js';
import { chatCompletionsDocs } from './openai.docs.js';
import { openAiBody } from './openai-body.js';
import { addressed, answerPrompt } from './prompt-call.js';

export function chatCompletionRoutes(deps: HttpDeps): Route[] {
  async function complete(call: ApiCall): Promise<void> {
    const body = await openAiBody(call, ChatCompletionRequest);
    const whom = addressed(call, deps.agents(), body);
    const { messages, options, stream, includeUsage, functions } = chatPrompt(body);
    const created = Math.floor(deps.clock.now().getTime() / 1000);
    const head = { id: newAnswerId('chatcmpl-'), created, model: whom.model };
    const events = answerPrompt(call, { ...whom, messages, options, stream }, deps);
    if (stream) return streamCompletion(call, events, chatStream(head, includeUsage, functions), deps.logger);
    call.reply(200, chatCompletion(head, await wholeAnswer(events), functions));
  }

  return [
    { method: 'post', path: '/v1/chat/completions', scopes: ['chat'], docs: chatCompletionsDocs, handle: complete },
  ];
}
