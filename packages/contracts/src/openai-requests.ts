import { IsOptional } from './class-validator.js';
import { AnyText, Between, Flag, List, Name, Whole } from './rules.js';

const MOST_MESSAGES = 10_000;
const MOST_TOOLS = 1_000;
const OBJECT = { type: ['object', 'null'] };
const TOOL_CHOICE = {
  description: '`auto`, `none`, `required`, or the function to call.',
  anyOf: [{ type: 'string', enum: ['auto', 'none', 'required'] }, { type: 'object' }, { type: 'null' }],
};
const FUNCTION_CALL = {
  description: 'What `tool_choice` was called before: `auto`, `none`, or the function to call.',
  deprecated: true,
  anyOf: [{ type: 'string', enum: ['auto', 'none'] }, { type: 'object' }, { type: 'null' }],
};
const MODEL = 'The agent: `openclaw` (the main one), `openclaw:<id>` or `agent:<id>`.';
const USER = 'Names the end user: calls with the same one go on with one stored conversation.';
const MEMORY = 'Of a session; false: nothing is recalled from earlier conversations.';

/** POST /v1/chat/completions. Messages, tools and the like are checked where they are taken apart. */
export class ChatCompletionRequest {
  static readonly about = {
    model: { description: MODEL },
    messages: { minItems: 1, items: { type: 'object' }, description: 'OpenAI’s messages, pictures included.' },
    stream_options: { ...OBJECT, properties: { include_usage: { type: ['boolean', 'null'] } } },
    n: { description: 'Must be 1.' },
    stop: {
      description: 'Texts at which the answer ends.',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'null' }],
    },
    tools: { items: { type: 'object' }, description: 'Functions of the caller’s.' },
    tool_choice: TOOL_CHOICE,
    functions: { items: { type: 'object' }, deprecated: true, description: 'What `tools` were called before.' },
    function_call: FUNCTION_CALL,
    response_format: { ...OBJECT, description: '`text`, `json_object` or `json_schema`.' },
    user: { description: USER },
    memory: { description: MEMORY, default: true },
  };

  @IsOptional()
  @Name(200)
  model?: string;

  @List(MOST_MESSAGES)
  messages!: unknown[];

  @IsOptional()
  @Flag()
  stream?: boolean;

  @IsOptional()
  stream_options?: unknown;

  @IsOptional()
  @Whole(1)
  n?: number;

  @IsOptional()
  @Whole(1)
  max_tokens?: number;

  @IsOptional()
  @Whole(1)
  max_completion_tokens?: number;

  @IsOptional()
  @Between(0, 2)
  temperature?: number;

  @IsOptional()
  @Between(0, 1)
  top_p?: number;

  @IsOptional()
  stop?: unknown;

  @IsOptional()
  @Whole(Number.MIN_SAFE_INTEGER)
  seed?: number;

  @IsOptional()
  @Between(-2, 2)
  presence_penalty?: number;

  @IsOptional()
  @Between(-2, 2)
  frequency_penalty?: number;

  @IsOptional()
  @List(MOST_TOOLS)
  tools?: unknown[];

  @IsOptional()
  tool_choice?: unknown;

  @IsOptional()
  @List(MOST_TOOLS)
  functions?: unknown[];

  @IsOptional()
  function_call?: unknown;

  @IsOptional()
  @Flag()
  parallel_tool_calls?: boolean;

  @IsOptional()
  response_format?: unknown;

  @IsOptional()
  @AnyText()
  user?: string;

  @IsOptional()
  @Flag()
  memory?: boolean;
}

/** POST /v1/responses, as far as it is text and functions. */
export class ResponsesRequest {
  static readonly about = {
    model: { description: MODEL },
    input: {
      description: 'A text, or items.',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
    },
    instructions: { description: 'Go before the input.' },
    tools: { items: { type: 'object' }, description: 'Functions of the caller’s.' },
    tool_choice: TOOL_CHOICE,
    text: { ...OBJECT, description: '`format`: `text`, `json_object` or `json_schema`.' },
    user: { description: USER },
    memory: { description: MEMORY, default: true },
    metadata: { ...OBJECT, description: 'Given back.' },
  };

  @IsOptional()
  @Name(200)
  model?: string;

  @IsOptional()
  input?: unknown;

  @IsOptional()
  @AnyText()
  instructions?: string;

  @IsOptional()
  @Flag()
  stream?: boolean;

  @IsOptional()
  @Flag()
  background?: boolean;

  @IsOptional()
  @AnyText()
  previous_response_id?: string;

  @IsOptional()
  conversation?: unknown;

  @IsOptional()
  @Whole(1)
  max_output_tokens?: number;

  @IsOptional()
  @Between(0, 2)
  temperature?: number;

  @IsOptional()
  @Between(0, 1)
  top_p?: number;

  @IsOptional()
  @List(MOST_TOOLS)
  tools?: unknown[];

  @IsOptional()
  tool_choice?: unknown;

  @IsOptional()
  @Flag()
  parallel_tool_calls?: boolean;

  @IsOptional()
  text?: unknown;

  @IsOptional()
  metadata?: unknown;

  @IsOptional()
  @AnyText()
  user?: string;

  @IsOptional()
  @Flag()
  memory?: boolean;
}
