import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  OpenAiErrorBody,
  ResponseObject,
  WireModel,
  WireModelList,
  WireToolCall,
} from './openai-answers.js';
import {
  anyOf,
  constSchema,
  enumSchema,
  flagSchema,
  type JsonSchema,
  listSchema,
  looseSchema,
  numberSchema,
  objectSchema,
  oneOf,
  optional,
  textSchema,
  wholeSchema,
} from './openapi/schema.js';

type ToolCallPiece = NonNullable<ChatCompletionChunk['choices'][number]['delta']['tool_calls']>[number];
type Choice = ChatCompletion['choices'][0];
type ChunkChoice = ChatCompletionChunk['choices'][number];

const NULL: JsonSchema = { type: 'null' };
const orNull = (schema: JsonSchema): JsonSchema => anyOf(schema, NULL);
const exactly = (value: number | string[]): JsonSchema => ({ const: value });
const createdSchema = wholeSchema({ description: 'Seconds since 1970.' });

export const openAiErrorSchema = objectSchema<OpenAiErrorBody>(
  {
    error: objectSchema<OpenAiErrorBody['error']>({
      message: textSchema(),
      type: textSchema(),
      param: orNull(textSchema()),
      code: orNull(textSchema()),
    }),
  },
  { title: 'OpenAiError' },
);

const usageSchema = objectSchema<CompletionUsage>(
  { prompt_tokens: wholeSchema(), completion_tokens: wholeSchema(), total_tokens: wholeSchema() },
  { title: 'CompletionUsage' },
);

const calledSchema = objectSchema<WireToolCall['function']>({ name: textSchema(), arguments: textSchema() });

const toolCallSchema = objectSchema<WireToolCall>({
  id: textSchema(),
  type: constSchema('function'),
  function: calledSchema,
});

export const chatCompletionSchema = objectSchema<ChatCompletion>(
  {
    id: textSchema(),
    object: constSchema('chat.completion'),
    created: createdSchema,
    model: textSchema({ description: 'As the caller named it.' }),
    choices: listSchema(
      objectSchema<Choice>({
        index: exactly(0),
        message: objectSchema<Choice['message']>({
          role: constSchema('assistant'),
          content: orNull(textSchema()),
          refusal: NULL,
          tool_calls: optional(listSchema(toolCallSchema)),
          function_call: optional(calledSchema),
        }),
        logprobs: NULL,
        finish_reason: textSchema(),
      }),
      { minItems: 1, maxItems: 1 },
    ),
    usage: usageSchema,
  },
  { title: 'ChatCompletion' },
);

const calledPieceSchema = objectSchema<ToolCallPiece['function']>({
  name: optional(textSchema()),
  arguments: textSchema(),
});

export const chatCompletionChunkSchema = objectSchema<ChatCompletionChunk>(
  {
    id: textSchema(),
    object: constSchema('chat.completion.chunk'),
    created: createdSchema,
    model: textSchema(),
    choices: listSchema(
      objectSchema<ChunkChoice>({
        index: exactly(0),
        delta: objectSchema<ChunkChoice['delta']>({
          role: optional(constSchema('assistant')),
          content: optional(textSchema()),
          tool_calls: optional(
            listSchema(
              objectSchema<ToolCallPiece>({
                index: wholeSchema(),
                id: optional(textSchema()),
                type: optional(constSchema('function')),
                function: calledPieceSchema,
              }),
            ),
          ),
          function_call: optional(calledPieceSchema),
        }),
        logprobs: NULL,
        finish_reason: orNull(textSchema()),
      }),
    ),
    usage: optional(orNull(usageSchema)),
  },
  { title: 'ChatCompletionChunk' },
);

export const wireModelSchema = objectSchema<WireModel>(
  { id: textSchema(), object: constSchema('model'), created: createdSchema, owned_by: textSchema() },
  { title: 'Model' },
);

export const wireModelListSchema = objectSchema<WireModelList>(
  { object: constSchema('list'), data: listSchema(wireModelSchema) },
  { title: 'OpenAiModelList' },
);

const itemStatus = enumSchema('in_progress', 'completed', 'incomplete');

const responseItemSchema: JsonSchema = {
  title: 'ResponseItem',
  ...oneOf(
    {
      type: 'object',
      properties: {
        type: constSchema('message'),
        id: textSchema(),
        status: itemStatus,
        role: constSchema('assistant'),
        content: listSchema({
          type: 'object',
          properties: {
            type: constSchema('output_text'),
            text: textSchema(),
            annotations: exactly([]),
            logprobs: exactly([]),
          },
          required: ['type', 'text', 'annotations', 'logprobs'],
        }),
      },
      required: ['type', 'id', 'status', 'role', 'content'],
    },
    {
      type: 'object',
      properties: {
        type: constSchema('function_call'),
        id: textSchema(),
        status: itemStatus,
        call_id: textSchema(),
        name: textSchema(),
        arguments: textSchema(),
      },
      required: ['type', 'id', 'status', 'call_id', 'name', 'arguments'],
    },
  ),
};

type ResponseUsage = NonNullable<ResponseObject['usage']>;

export const responseObjectSchema = objectSchema<ResponseObject>(
  {
    id: textSchema(),
    object: constSchema('response'),
    created_at: createdSchema,
    status: enumSchema('in_progress', 'completed', 'incomplete', 'failed'),
    error: orNull(objectSchema<NonNullable<ResponseObject['error']>>({ code: textSchema(), message: textSchema() })),
    incomplete_details: orNull(
      objectSchema<NonNullable<ResponseObject['incomplete_details']>>({
        reason: enumSchema('max_output_tokens', 'content_filter'),
      }),
    ),
    instructions: orNull(textSchema()),
    max_output_tokens: orNull(wholeSchema()),
    metadata: {},
    model: textSchema(),
    output: listSchema(responseItemSchema),
    parallel_tool_calls: flagSchema(),
    previous_response_id: NULL,
    store: constSchema(false),
    temperature: orNull(numberSchema()),
    text: {},
    tool_choice: {},
    tools: listSchema(looseSchema()),
    top_p: orNull(numberSchema()),
    truncation: constSchema('disabled'),
    usage: orNull(
      objectSchema<ResponseUsage>({
        input_tokens: wholeSchema(),
        input_tokens_details: objectSchema<ResponseUsage['input_tokens_details']>({ cached_tokens: wholeSchema() }),
        output_tokens: wholeSchema(),
        output_tokens_details: objectSchema<ResponseUsage['output_tokens_details']>({
          reasoning_tokens: wholeSchema(),
        }),
        total_tokens: wholeSchema(),
      }),
    ),
    user: orNull(textSchema()),
  },
  { title: 'Response' },
);

/** As OpenAI's clients know them: `response.created`, `response.output_text.delta`, `response.completed` and so on. */
export const responseEventSchema = looseSchema({
  title: 'ResponseEvent',
  properties: { type: textSchema(), sequence_number: wholeSchema() },
  required: ['type', 'sequence_number'],
  additionalProperties: true,
});
