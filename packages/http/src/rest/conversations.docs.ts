import {
  conversationDeletedSchema,
  conversationDetailSchema,
  ConversationListQuery,
  conversationListSchema,
  ConversationQuery,
  type Operation,
} from '@openclaw/contracts';

const summary = {
  id: 'conv_01k5xyn8r0a1b2c3d4e5f6g7h8',
  channel: 'api',
  created_at: '2026-11-20T12:00:00.000Z',
  last_message_at: '2026-11-20T12:00:01.000Z',
  message_count: 2,
  summary: 'What is the weather in Lisbon?',
};

const path = { id: 'The id of a conversation.' };

export const conversationListDocs: Operation = {
  id: 'listConversations',
  tag: 'Conversations',
  summary: 'List the conversations, newest first',
  query: ConversationListQuery,
  answers: {
    200: {
      description: 'One page; `next_cursor` leads to the next.',
      json: {
        schema: conversationListSchema,
        examples: { page: { conversations: [summary], total: 1, limit: 20, offset: 0 } },
      },
    },
  },
};

export const conversationDocs: Operation = {
  id: 'getConversation',
  tag: 'Conversations',
  summary: 'Read a conversation and its messages',
  path,
  query: ConversationQuery,
  answers: {
    200: {
      description: 'The messages, oldest first; `previous_cursor` leads to those before them.',
      json: {
        schema: conversationDetailSchema,
        examples: {
          conversation: {
            ...summary,
            messages: [
              {
                id: 'msg_01k5xyn8r1b2c3d4e5f6g7h8j9',
                role: 'user',
                content: 'What is the weather in Lisbon?',
                created_at: '2026-11-20T12:00:00.000Z',
              },
              {
                id: 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh',
                role: 'assistant',
                content: 'It is sunny in Lisbon.',
                created_at: '2026-11-20T12:00:01.000Z',
                model: 'claude-sonnet-4-5',
                tokens: { input: 21, output: 9, total: 30 },
                skills_used: [],
              },
            ],
          },
        },
      },
    },
  },
  errors: [404],
};

export const conversationDeleteDocs: Operation = {
  id: 'deleteConversation',
  tag: 'Conversations',
  summary: 'Delete a conversation and everything in it',
  path,
  answers: {
    200: {
      description: 'It is gone.',
      json: { schema: conversationDeletedSchema, examples: { deleted: { id: summary.id, deleted: true } } },
    },
  },
  errors: [404],
};
