import {
  chatCompletionChunkSchema,
  ChatCompletionRequest,
  chatCompletionSchema,
  dtoSchema,
  openAiErrorSchema,
  type Operation,
  type ParameterDoc,
  responseEventSchema,
  responseObjectSchema,
  ResponsesRequest,
  textSchema,
  wireModelListSchema,
  wireModelSchema,
} from '@openclaw/contracts';

const shared = { tag: 'OpenAI-compatible', errorSchema: openAiErrorSchema } as const;

const headers: ParameterDoc[] = [
  {
    name: 'x-openclaw-agent-id',
    description: 'The agent, in the place of the one that `model` names.',
    schema: textSchema(),
  },
  {
    name: 'x-openclaw-session-key',
    description: 'Goes on with this conversation of the tenant; without it, and without `user`, nothing is stored.',
    schema: textSchema({ maxLength: 200 }),
  },
];

const OFF = 'There only where `gateway.http.endpoints.chatCompletions.enabled` is set; 404 otherwise.';
const REFUSED =
  'A request that the model’s provider will not take for what is in it (too long, a wrong schema) is a 400 with the provider’s `message`, `param` and `code`; what else fails there is a 502.';
const TURN_ERRORS = [404, 502];
const created = 1_795_176_000;
const model = { id: 'openclaw', object: 'model', created, owned_by: 'openclaw' };

export const chatCompletionsDocs: Operation = {
  ...shared,
  id: 'createChatCompletion',
  summary: 'A chat completion',
  description: `${OFF} What OpenAI’s own clients send to it. ${REFUSED}`,
  headers,
  body: {
    schema: dtoSchema(ChatCompletionRequest),
    examples: {
      question: { model: 'openclaw', messages: [{ role: 'user', content: 'What is the capital of France?' }] },
      stream: {
        model: 'openclaw',
        messages: [{ role: 'user', content: 'What is the capital of France?' }],
        stream: true,
        stream_options: { include_usage: true },
      },
    },
  },
  answers: {
    200: {
      description: 'The completion, whole or as a stream of chunks that ends with `data: [DONE]`.',
      json: {
        schema: chatCompletionSchema,
        examples: {
          completion: {
            id: 'chatcmpl-01k5xyn8r2e4s7v9b3c6d8f0gh',
            object: 'chat.completion',
            created,
            model: 'openclaw',
            choices: [
              {
                index: 0,
                message: { role: 'assistant', content: 'Paris.', refusal: null },
                logprobs: null,
                finish_reason: 'stop',
              },
            ],
            usage: { prompt_tokens: 14, completion_tokens: 3, total_tokens: 17 },
          },
        },
      },
      events: {
        schema: chatCompletionChunkSchema,
        endMark: '[DONE]',
        examples: {
          chunks: [
            ...[
              { delta: { role: 'assistant', content: '' }, finish_reason: null },
              { delta: { content: 'Paris.' }, finish_reason: null },
              { delta: {}, finish_reason: 'stop' },
            ].map(
              ({ delta, finish_reason }) =>
                `data: ${JSON.stringify({
                  id: 'chatcmpl-01k5xyn8r2e4s7v9b3c6d8f0gh',
                  object: 'chat.completion.chunk',
                  created,
                  model: 'openclaw',
                  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
                })}`,
            ),
            'data: [DONE]',
            '',
          ].join('\n\n'),
        },
      },
    },
  },
  errors: TURN_ERRORS,
};

export const responsesDocs: Operation = {
  ...shared,
  id: 'createResponse',
  summary: 'A response',
  description: `${OFF} OpenAI’s Responses API, as far as it is text and functions. Responses are not stored. ${REFUSED}`,
  headers,
  body: {
    schema: dtoSchema(ResponsesRequest),
    examples: { question: { model: 'openclaw', input: 'What is the capital of France?' } },
  },
  answers: {
    200: {
      description: 'The response, whole or as a stream of events.',
      json: { schema: responseObjectSchema },
      events: {
        schema: responseEventSchema,
        examples: {
          delta:
            'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Paris.","logprobs":[]}\n\n',
        },
      },
    },
  },
  errors: TURN_ERRORS,
};

export const agentModelsDocs: Operation = {
  ...shared,
  id: 'listAgentModels',
  summary: 'The agents, as models',
  description: OFF,
  answers: {
    200: {
      description: 'The agents.',
      json: { schema: wireModelListSchema, examples: { agents: { object: 'list', data: [model] } } },
    },
  },
  errors: [404],
};

export const agentModelDocs: Operation = {
  ...shared,
  id: 'getAgentModel',
  summary: 'An agent, as a model',
  description: OFF,
  path: { id: '`openclaw`, `openclaw:<agent>` or `agent:<agent>`.' },
  answers: {
    200: { description: 'The agent.', json: { schema: wireModelSchema, examples: { main: model } } },
  },
  errors: [404],
};
