import {
  dtoSchema,
  type JsonContent,
  messageAcceptedSchema,
  MessageRequest,
  messageResponseSchema,
  messageStatusSchema,
  messageStreamEventSchema,
  oneOf,
  type Operation,
  SessionMessageRequest,
  sessionMessageResponseSchema,
  sessionMessageStreamEventSchema,
} from '@openclaw/contracts';
import { detachHeader, idempotencyHeader } from './turn-headers.docs.js';

const answered = {
  id: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh',
  conversation_id: 'conv_01k5xyn8r0a1b2c3d4e5f6g7h8',
  role: 'assistant',
  content: 'It is sunny in Lisbon.',
  skills_used: [],
  tokens: { input: 21, output: 9, total: 30 },
  latency_ms: 640,
  model: 'claude-sonnet-4-5',
};

const accepted = {
  id: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh',
  status: 'processing',
  conversation_id: 'conv_01k5xyn8r0a1b2c3d4e5f6g7h8',
  poll_url: '/api/v1/message/msg_01k5xyn8r2e4s7v9b3c6d8f0gh/status',
};

const body: JsonContent = {
  schema: oneOf(dtoSchema(MessageRequest), dtoSchema(SessionMessageRequest)),
  examples: {
    message: { message: 'What is the weather in Lisbon?', metadata: { user_id: 'u-17', user_name: 'Ana' } },
    session: { text: 'Good morning', session: 'ana' },
  },
};

const events = {
  schema: oneOf(messageStreamEventSchema, sessionMessageStreamEventSchema),
  endMark: '[DONE]' as const,
  examples: {
    message: [
      'data: {"type":"start","conversation_id":"conv_01k5xyn8r0a1b2c3d4e5f6g7h8"}',
      'data: {"type":"token","content":"It is sunny"}',
      'data: {"type":"token","content":" in Lisbon."}',
      'data: {"type":"end","tokens":{"input":21,"output":9}}',
      '',
    ].join('\n\n'),
    session: ['data: {"chunk":"Good"}', 'data: {"chunk":" morning!"}', 'data: [DONE]', ''].join('\n\n'),
  },
};

const DIALECTS =
  'Exactly one of `message` and `text` is sent. With `message` the members are those of MessageRequest and the answer is a MessageResponse; with `text` those of SessionMessageRequest, and the answer is a SessionMessageResponse.';

const TURN_ERRORS = [404, 409, 502];

export const messageDocs: Operation = {
  id: 'sendMessage',
  headers: [idempotencyHeader, detachHeader],
  tag: 'Messages',
  summary: 'Send a message to the agent',
  description: `${DIALECTS}

With \`Accept: text/event-stream\` (or \`stream: true\` beside \`text\`) the answer is streamed. With \`wait_for_response: false\` the message is accepted at once, and answered even if this gateway dies.`,
  body: {
    ...body,
    examples: { ...body.examples, accepted: { message: 'Write a long report', wait_for_response: false } },
  },
  answers: {
    200: {
      description: 'The answer, whole or as a stream.',
      json: {
        schema: oneOf(messageResponseSchema, sessionMessageResponseSchema),
        examples: {
          message: answered,
          session: {
            success: true,
            data: {
              messageId: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gj',
              text: 'Good morning!',
              usage: { inputTokens: 9, outputTokens: 3 },
            },
          },
        },
      },
      events,
    },
    202: {
      description: 'Accepted; the answer can be asked for at `poll_url`.',
      json: { schema: messageAcceptedSchema, examples: { accepted } },
    },
  },
  errors: TURN_ERRORS,
};

export const messageStreamDocs: Operation = {
  id: 'streamMessage',
  headers: [idempotencyHeader, detachHeader],
  tag: 'Messages',
  summary: 'Send a message, and read the answer as it is said',
  description: DIALECTS,
  body,
  answers: {
    200: {
      description: 'Each event is one line of `data:`. A stream that answers `text` ends with `data: [DONE]`.',
      events,
    },
  },
  errors: TURN_ERRORS,
};

export const messageStatusDocs: Operation = {
  id: 'getMessageStatus',
  tag: 'Messages',
  summary: 'What has become of a message',
  path: { id: 'The id of the message’s answer, as the 202 or the 408 gave it.' },
  answers: {
    200: {
      description: 'Its state, and the answer or the failure once there is one.',
      json: {
        schema: messageStatusSchema,
        examples: {
          processing: { id: accepted.id, status: 'processing', conversation_id: accepted.conversation_id },
          completed: {
            id: accepted.id,
            status: 'completed',
            conversation_id: accepted.conversation_id,
            response: answered,
          },
          failed: {
            id: accepted.id,
            status: 'failed',
            conversation_id: accepted.conversation_id,
            error: { error: 'upstream_error', message: 'The model provider is overloaded' },
          },
        },
      },
    },
  },
  errors: [404],
};
