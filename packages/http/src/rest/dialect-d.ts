import type {
  SessionCreated,
  SessionDeleted,
  SessionList,
  SessionMessageRequest,
  SessionMessageResponse,
  SessionMessageStreamEvent,
  Success,
} from '@openclaw/contracts';
import type { Answer, Conversation, SendMessageCommand } from '@openclaw/core';
import { frame } from '../sse/event-stream.js';
import type { StreamDialect } from '../sse/stream-turn.js';
import { camelUsage } from './dialect-a.js';

const DEFAULT_SESSION = 'default';
const DONE = 'data: [DONE]\n\n';

/** Dialect D: /message with a `text`; a session is the conversation of that id. */
export function sessionMessageCommand(body: SessionMessageRequest, tenant: string): SendMessageCommand {
  return {
    tenant,
    text: body.text,
    conversationId: body.session ?? DEFAULT_SESSION,
    request: { model: body.model, memory: body.memory },
  };
}

export function success<T>(data: T): Success<T> {
  return { success: true, data };
}

export function sessionMessageResponse(answer: Answer): SessionMessageResponse {
  return success({ messageId: answer.id, text: answer.content, usage: camelUsage(answer.usage) });
}

export const sessionMessageStream: StreamDialect = {
  letter: 'd',
  event(event) {
    switch (event.type) {
      case 'started':
        return '';
      case 'delta':
        return sessionFrame({ chunk: event.text });
      case 'skill-call':
      case 'skill-result':
        return '';
      case 'completed':
        return DONE;
    }
  },
  restarted: () => sessionFrame({ reset: true }),
  failure: ({ code, message }) => sessionFrame({ success: false, error: code, message }) + DONE,
};

export function sessionList(conversations: Conversation[]): SessionList {
  return success({
    sessions: conversations.map(({ id, label, createdAt, messageCount }) => ({
      id,
      label: label ?? id,
      createdAt: createdAt.toISOString(),
      messageCount,
    })),
  });
}

export function sessionCreated({ id, label, createdAt }: Conversation): SessionCreated {
  return success({ sessionId: id, label: label ?? id, createdAt: createdAt.toISOString() });
}

export function sessionDeleted(): SessionDeleted {
  return success({ deleted: true });
}

function sessionFrame(event: SessionMessageStreamEvent): string {
  return frame(event);
}
