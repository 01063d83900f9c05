import {
  CreateSessionRequest,
  dtoSchema,
  type Operation,
  sessionCreatedSchema,
  sessionDeletedSchema,
  SessionListQuery,
  sessionListSchema,
} from '@openclaw/contracts';

export const sessionListDocs: Operation = {
  id: 'listSessions',
  tag: 'Sessions',
  summary: 'List the sessions, newest first',
  query: SessionListQuery,
  answers: {
    200: {
      description: 'The sessions: the conversations by another name.',
      json: {
        schema: sessionListSchema,
        examples: {
          sessions: {
            success: true,
            data: {
              sessions: [{ id: 'ana', label: 'ana', createdAt: '2026-11-20T12:00:00.000Z', messageCount: 2 }],
            },
          },
        },
      },
    },
  },
};

export const sessionCreateDocs: Operation = {
  id: 'createSession',
  tag: 'Sessions',
  summary: 'Open a session',
  body: { schema: dtoSchema(CreateSessionRequest), examples: { session: { label: 'Support, Ana' } } },
  answers: {
    200: {
      description: 'Its id goes into `session` of a message.',
      json: {
        schema: sessionCreatedSchema,
        examples: {
          created: {
            success: true,
            data: {
              sessionId: 'session_01k5xyn8r0a1b2c3d4e5f6g7h8',
              label: 'Support, Ana',
              createdAt: '2026-11-20T12:00:00.000Z',
            },
          },
        },
      },
    },
  },
};

export const sessionDeleteDocs: Operation = {
  id: 'deleteSession',
  tag: 'Sessions',
  summary: 'Delete a session and everything in it',
  path: { id: 'The id of a session.' },
  answers: {
    200: {
      description: 'It is gone.',
      json: {
        schema: sessionDeletedSchema,
        examples: { deleted: { success: true, data: { deleted: true } } },
      },
    },
  },
  errors: [404],
};
