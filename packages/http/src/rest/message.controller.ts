import { MessageRequest, SessionMessageRequest } from '@openclaw/contracts';
import { InvalidInput, NotFound } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { JsonObject } from '../body/parse-json.js';
import type { HttpDeps } from '../http-deps.js';
import type { Route } from '../router.js';
import { wantsEvents } from '../sse/wants-events.js';
import {
  messageAccepted,
  messageCancelled,
  messageCommand,
  messageResponse,
  messageStatus,
  messageStream,
} from './dialect-b.js';
import { messageDocs, messageStatusDocs, messageStreamDocs } from './message.docs.js';
import { cancelDocs, resumeDocs } from './running-message.docs.js';
import { sessionMessageCommand, sessionMessageResponse, sessionMessageStream } from './dialect-d.js';
import { TurnCalls } from './turn-calls.js';

const DEFAULT_TIMEOUT_MS = 30_000;

/** Documents B and D share these paths; the body's members tell which one is spoken. */
export function messageRoutes(deps: HttpDeps): Route[] {
  const { cancelTurn, turns } = deps;
  const calls = new TurnCalls(deps);

  async function answerB(call: ApiCall, json: JsonObject, streamOnly: boolean): Promise<void> {
    const body = call.decode(MessageRequest, json);
    const command = messageCommand(body, call.tenant);
    if (streamOnly || (body.wait_for_response !== false && wantsEvents(call.req.headers.accept))) {
      return calls.stream(call, json, command, messageStream);
    }
    if (body.wait_for_response === false) {
      const { turnId, conversationId } = await calls.accept(call, json, command);
      return call.reply(202, messageAccepted(turnId, conversationId));
    }
    const timeoutMs = body.timeout_ms ?? DEFAULT_TIMEOUT_MS;
    call.reply(200, messageResponse(await calls.answer(call, json, command, timeoutMs)));
  }

  async function answerD(call: ApiCall, json: JsonObject, streamOnly: boolean): Promise<void> {
    const body = call.decode(SessionMessageRequest, json);
    const command = sessionMessageCommand(body, call.tenant);
    if (streamOnly || (body.stream ?? wantsEvents(call.req.headers.accept))) {
      return calls.stream(call, json, command, sessionMessageStream);
    }
    call.reply(200, sessionMessageResponse(await calls.answer(call, json, command)));
  }

  async function answer(call: ApiCall, streamOnly: boolean): Promise<void> {
    const json = await call.json();
    call.envelope = spokenIn(json) === 'D';
    return call.envelope ? answerD(call, json, streamOnly) : answerB(call, json, streamOnly);
  }

  return [
    {
      method: 'post',
      path: '/api/v1/message',
      scopes: ['chat'],
      docs: messageDocs,
      handle: (call) => answer(call, false),
    },
    {
      method: 'post',
      path: '/api/v1/message/stream',
      scopes: ['chat'],
      envelope: true,
      docs: messageStreamDocs,
      handle: (call) => answer(call, true),
    },
    {
      method: 'get',
      path: '/api/v1/message/:id/status',
      scopes: ['chat', 'read'],
      docs: messageStatusDocs,
      handle: async (call) => {
        const id = call.pathId();
        const state = await turns.find(call.tenant, id);
        if (!state) throw new NotFound(`There is no message "${id}"`);
        call.reply(200, messageStatus(id, state));
      },
    },
    {
      method: 'get',
      path: '/api/v1/message/:id/stream',
      scopes: ['chat', 'read'],
      docs: resumeDocs,
      handle: (call) => calls.resume(call),
    },
    {
      method: 'post',
      path: '/api/v1/message/:id/cancel',
      scopes: ['chat'],
      docs: cancelDocs,
      handle: async (call) => {
        const id = call.pathId();
        const status = await cancelTurn.execute(call.tenant, id);
        call.reply(status === 'cancelled' ? 200 : 202, messageCancelled(id, status));
      },
    },
  ];
}

/** Throws `InvalidInput` unless the body has exactly one of the two documents' texts. */
export function spokenIn(json: JsonObject): 'B' | 'D' {
  const hasText = (json.text ?? null) !== null;
  const hasMessage = (json.message ?? null) !== null;
  if (hasText !== hasMessage) return hasText ? 'D' : 'B';
  const message = hasText
    ? 'The body has both "text" and "message"; send one of them'
    : 'The body has neither "text" nor "message"; send one of them';
  throw new InvalidInput(message, {
    details: {
      errors: [
        { field: 'message', message },
        { field: 'text', message },
      ],
    },
  });
}
