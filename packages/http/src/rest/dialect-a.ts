import type { CamelUsage, ChatRequest, ChatResponse, ChatStreamEvent } from '@openclaw/contracts';
import type { Answer, SendMessageCommand, Usage } from '@openclaw/core';
import { frame } from '../sse/event-stream.js';
import type { StreamDialect } from '../sse/stream-turn.js';

/** Dialect A: /chat in camelCase. */
export function chatCommand(body: ChatRequest, tenant: string): SendMessageCommand {
  return {
    tenant,
    text: body.message,
    conversationId: body.conversationId,
    request: {
      model: body.model,
      systemPrompt: body.systemPrompt,
      maxTokens: body.maxTokens,
      temperature: body.temperature,
      memory: body.memory,
    },
  };
}

export function chatResponse(answer: Answer): ChatResponse {
  return {
    id: answer.id,
    conversationId: answer.conversationId,
    role: 'assistant',
    content: answer.content,
    model: answer.model,
    usage: camelUsage(answer.usage),
    latency: answer.latencyMs,
    ...(answer.interrupted && { interrupted: true }),
  };
}

export const chatStream: StreamDialect = {
  letter: 'a',
  event(event) {
    switch (event.type) {
      case 'started':
        return chatFrame({ type: 'start', conversationId: event.conversationId });
      case 'delta':
        return chatFrame({ type: 'delta', content: event.text });
      case 'skill-call':
      case 'skill-result':
        return '';
      case 'completed':
        return chatFrame({
          type: 'done',
          usage: camelUsage(event.answer.usage),
          ...(event.answer.interrupted && { interrupted: true }),
        });
    }
  },
  restarted: () => chatFrame({ type: 'reset' }),
  failure: ({ code, message }) => chatFrame({ type: 'error', error: code, message }),
};

/** Dialects A and D. */
export function camelUsage(usage: Usage): CamelUsage {
  const { inputTokens, outputTokens } = usage;
  return usage.estimated ? { inputTokens, outputTokens, estimated: true } : { inputTokens, outputTokens };
}

function chatFrame(event: ChatStreamEvent): string {
  return frame(event);
}
