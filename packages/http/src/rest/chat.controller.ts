import { ChatRequest } from '@openclaw/contracts';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { streamTurn } from '../sse/stream-turn.js';
import { chatCommand, chatResponse, chatStream } from './dialect-a.js';

export function chatRoutes({ sendMessage, logger }: HttpDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/api/v1/chat',
      scopes: ['chat'],
      handle: async (call) => {
        const command = chatCommand(await call.body(ChatRequest), call.tenant);
        call.reply(200, chatResponse(await sendMessage.answer(command, { signal: call.signal })));
      },
    },
    {
      method: 'post',
      path: '/api/v1/chat/stream',
      scopes: ['chat'],
      handle: async (call) => {
        const command = chatCommand(await call.body(ChatRequest), call.tenant);
        await streamTurn(call, sendMessage.execute(command, call.signal), chatStream, logger);
      },
    },
  ];
}
