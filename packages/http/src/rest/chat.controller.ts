import { ChatRequest } from '@openclaw/contracts';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { chatCommand, chatResponse, chatStream } from './dialect-a.js';
import { TurnCalls } from './turn-calls.js';
import { chatDocs, chatStreamDocs } from './chat.docs.js';

export function chatRoutes(deps: HttpDeps): Route[] {
  const turns = new TurnCalls(deps);
  return [
    {
      method: 'post',
      path: '/api/v1/chat',
      scopes: ['chat'],
      article: true,
      docs: chatDocs,
      handle: async (call) => {
        const json = await call.json();
        const command = chatCommand(call.decode(ChatRequest, json), call.tenant);
        call.reply(200, chatResponse(await turns.answer(call, json, command)));
      },
    },
    {
      method: 'post',
      path: '/api/v1/chat/stream',
      scopes: ['chat'],
      article: true,
      docs: chatStreamDocs,
      handle: async (call) => {
        const json = await call.json();
        const command = chatCommand(call.decode(ChatRequest, json), call.tenant);
        await turns.stream(call, json, command, chatStream);
      },
    },
  ];
}
