import type {
  EventBody,
  SocketFrame,
  SocketMessageRequest,
  SocketReference,
  SocketResponse,
} from '@openclaw/contracts';
import {
  type Answer,
  DomainError,
  type DomainEvent,
  RateLimited,
  type SendMessageCommand,
  Unavailable,
  toFailureRecord,
} from '@openclaw/core';
import { messageCommand, messageResponse } from '../rest/dialect-b.js';

/** The WebSocket's dialect: document B's names, one JSON object a frame. */
export function socketCommand({ content, ...more }: SocketMessageRequest, tenant: string): SendMessageCommand {
  const { conversation_id, channel, metadata, model, memory } = more;
  return messageCommand({ message: content, conversation_id, channel, metadata, model, memory }, tenant);
}

export function tokenFrame(content: string, conversationId: string, id: SocketReference): SocketFrame {
  return { type: 'token', content, conversation_id: conversationId, id };
}

export function responseFrame(answer: Answer, id: SocketReference): SocketResponse {
  const { id: messageId, ...response } = messageResponse(answer);
  return {
    type: 'response',
    ...response,
    id,
    message_id: messageId,
    ...(answer.interrupted && { interrupted: true as const }),
  };
}

/** An event as every receiver gets it, whatever brings it there. */
export function eventBody({ name, at, data }: DomainEvent): EventBody {
  return { event: name, timestamp: at.toISOString(), data };
}

export function eventFrame(event: DomainEvent): SocketFrame {
  return { type: 'event', id: event.id, ...eventBody(event) };
}

export function errorFrame(error: unknown, id: SocketReference | undefined): SocketFrame {
  const { code, message } = toFailureRecord(error);
  const details = error instanceof DomainError ? error.details : {};
  return {
    type: 'error',
    error: code,
    message,
    ...(id !== undefined && { id }),
    ...(Object.keys(details).length > 0 && { details }),
    ...((error instanceof RateLimited || error instanceof Unavailable) && { retry_after: error.retryAfterSeconds }),
  };
}
