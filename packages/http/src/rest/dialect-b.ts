import type {
  MessageAccepted,
  MessageCancelled,
  MessageRequest,
  MessageResponse,
  MessageStatus,
  MessageStreamEvent,
  TokenCount,
} from '@openclaw/contracts';
import type { Answer, SendMessageCommand, TurnState, Usage } from '@openclaw/core';
import { pollUrl } from '../errors/error-answer.js';
import { frame } from '../sse/event-stream.js';
import type { StreamDialect } from '../sse/stream-turn.js';

/** Dialect B: /message with a `message`, in snake_case. */
export function messageCommand(body: MessageRequest, tenant: string): SendMessageCommand {
  return {
    tenant,
    text: body.message,
    conversationId: body.conversation_id,
    channel: body.channel,
    metadata: body.metadata,
    request: { model: body.model, memory: body.memory, userId: userOf(body.metadata) },
  };
}

/** The rules of `metadata` have seen to it. */
function userOf(metadata: MessageRequest['metadata']): string | undefined {
  const id = metadata?.user_id;
  return typeof id === 'string' ? id : undefined;
}

export function messageResponse(answer: Answer): MessageResponse {
  return {
    id: answer.id,
    conversation_id: answer.conversationId,
    role: 'assistant',
    content: answer.content,
    skills_used: answer.skillsUsed,
    tokens: tokenCount(answer.usage),
    latency_ms: answer.latencyMs,
    model: answer.model,
    ...(answer.interrupted && { interrupted: true }),
  };
}

export function messageAccepted(turnId: string, conversationId: string): MessageAccepted {
  return { id: turnId, status: 'processing', conversation_id: conversationId, poll_url: pollUrl(turnId) };
}

export function messageCancelled(id: string, status: MessageCancelled['status']): MessageCancelled {
  return { id, status };
}

export function messageStatus(id: string, state: TurnState): MessageStatus {
  const { status, conversationId: conversation_id } = state;
  switch (state.status) {
    case 'processing':
      return { id, status, conversation_id };
    case 'completed':
      return { id, status, conversation_id, response: messageResponse(state.answer) };
    case 'failed':
      return { id, status, conversation_id, error: { error: state.failure.code, message: state.failure.message } };
  }
}

export const messageStream: StreamDialect = {
  letter: 'b',
  event(event) {
    switch (event.type) {
      case 'started':
        return messageFrame({ type: 'start', conversation_id: event.conversationId });
      case 'delta':
        return messageFrame({ type: 'token', content: event.text });
      case 'skill-call':
        return messageFrame({ type: 'skill_call', skill: event.skill, status: 'invoking' });
      case 'skill-result':
        return messageFrame({ type: 'skill_result', skill: event.skill, status: event.status });
      case 'completed': {
        const { usage, interrupted } = event.answer;
        const { inputTokens: input, outputTokens: output, estimated } = usage;
        const tokens = estimated ? { input, output, estimated } : { input, output };
        return messageFrame({ type: 'end', tokens, ...(interrupted && { interrupted }) });
      }
    }
  },
  restarted: () => messageFrame({ type: 'reset' }),
  failure: ({ code, message }) => messageFrame({ type: 'error', error: code, message }),
};

export function tokenCount(usage: Usage): TokenCount {
  const { inputTokens: input, outputTokens: output } = usage;
  const count: TokenCount = { input, output, total: input + output };
  if (usage.estimated) count.estimated = true;
  return count;
}

function messageFrame(event: MessageStreamEvent): string {
  return frame(event);
}
