import {
  ChatRequest,
  chatResponseSchema,
  chatStreamEventSchema,
  dtoSchema,
  type JsonContent,
  type Operation,
} from '@openclaw/contracts';
import { detachHeader, idempotencyHeader } from './turn-headers.docs.js';

const body: JsonContent = {
  schema: dtoSchema(ChatRequest),
  examples: {
    question: { message: 'What is the capital of France?' },
    conversation: {
      message: 'And of Spain?',
      conversationId: 'geography-lesson',
      systemPrompt: 'Answer in one word.',
      maxTokens: 100,
      temperature: 0.2,
    },
  },
};

const TURN_ERRORS = [404, 409, 502];

export const chatDocs: Operation = {
  id: 'chat',
  headers: [idempotencyHeader],
  tag: 'Chat',
  summary: 'Ask, and get the whole answer',
  description: 'Without a `conversationId` a new conversation is opened.',
  body,
  answers: {
    200: {
      description: 'The answer.',
      json: {
        schema: chatResponseSchema,
        examples: {
          answer: {
            id: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh',
            conversationId: 'geography-lesson',
            role: 'assistant',
            content: 'Paris.',
            model: 'claude-sonnet-4-5',
            usage: { inputTokens: 14, outputTokens: 3 },
            latency: 812,
          },
        },
      },
    },
  },
  errors: TURN_ERRORS,
};

export const chatStreamDocs: Operation = {
  id: 'chatStream',
  headers: [idempotencyHeader, detachHeader],
  tag: 'Chat',
  summary: 'Ask, and read the answer as it is said',
  description: 'A failure after the stream has begun is told by an event of the type `error`, and the stream ends.',
  body,
  answers: {
    200: {
      description: 'Each event is one line of `data:`; comments keep an idle stream open.',
      events: {
        schema: chatStreamEventSchema,
        examples: {
          answer: [
            'data: {"type":"start","conversationId":"geography-lesson"}',
            'data: {"type":"delta","content":"Paris"}',
            'data: {"type":"delta","content":"."}',
            'data: {"type":"done","usage":{"inputTokens":14,"outputTokens":3}}',
            '',
          ].join('\n\n'),
        },
      },
    },
  },
  errors: TURN_ERRORS,
};
