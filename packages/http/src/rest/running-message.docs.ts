import {
  chatStreamEventSchema,
  messageCancelledSchema,
  messageStreamEventSchema,
  MessageStreamQuery,
  oneOf,
  type Operation,
  sessionMessageStreamEventSchema,
  textSchema,
} from '@openclaw/contracts';

const id = 'msg_01k5xyn8r2e4s7v9b3c6d8f0gh';
const path = { id: 'The id of the message’s answer; `X-OpenClaw-Message-Id` of a stream.' };

export const resumeDocs: Operation = {
  id: 'resumeMessageStream',
  tag: 'Messages',
  summary: 'Go on reading an answer where it broke off',
  description: `The events after \`Last-Event-ID\`, none lost and none doubled, also while the turn is still running, and on any gateway of the
same database; without that header all of them. For 10 minutes after the turn's end. When the gateway that ran the turn died, the turn is run
again: an event \`reset\` says that what was streamed so far is void, and all of the new run follows.`,
  path,
  query: MessageStreamQuery,
  headers: [
    {
      name: 'Last-Event-ID',
      description: 'The `id` of the last event that arrived.',
      schema: textSchema(),
    },
  ],
  answers: {
    200: {
      description: 'The stream goes on.',
      events: {
        schema: oneOf(chatStreamEventSchema, messageStreamEventSchema, sessionMessageStreamEventSchema),
        endMark: '[DONE]',
        examples: {
          rest: [
            `id: ${id}:b1.23\ndata: {"type":"token","content":" in Lisbon."}`,
            `id: ${id}:b1.24\ndata: {"type":"end","tokens":{"input":21,"output":9}}`,
            '',
          ].join('\n\n'),
        },
      },
    },
    204: { description: 'There is nothing after that event.' },
  },
  errors: [400, 404, 502],
};

export const cancelDocs: Operation = {
  id: 'cancelMessage',
  tag: 'Messages',
  summary: 'Stop an answer that is being made',
  description:
    'Wherever it runs. What was said so far is kept as an interrupted answer; a turn that had said nothing has failed.',
  path,
  answers: {
    200: {
      description: 'It was still waiting, and has ended.',
      json: { schema: messageCancelledSchema, examples: { waiting: { id, status: 'cancelled' } } },
    },
    202: {
      description: 'Whoever runs it was told, and stops within about a second.',
      json: { schema: messageCancelledSchema, examples: { running: { id, status: 'cancelling' } } },
    },
  },
  errors: [404, 409],
};
