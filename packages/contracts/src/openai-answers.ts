/** Every error below /v1. */
export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

export interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** POST /v1/chat/completions */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Seconds since 1970. */
  created: number;
  /** As the caller named it. */
  model: string;
  choices: [
    {
      index: 0;
      message: {
        role: 'assistant';
        content: string | null;
        refusal: null;
        tool_calls?: WireToolCall[];
        /** In the place of `tool_calls`, for who asked with `functions`. */
        function_call?: WireToolCall['function'];
      };
      logprobs: null;
      finish_reason: string;
    },
  ];
  usage: CompletionUsage;
}

/** One event of a streamed completion. */
export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: {
    index: 0;
    delta: {
      role?: 'assistant';
      content?: string;
      tool_calls?: {
        index: number;
        id?: string;
        type?: 'function';
        function: { name?: string; arguments: string };
      }[];
      function_call?: { name?: string; arguments: string };
    };
    logprobs: null;
    finish_reason: string | null;
  }[];
  /** Only with `stream_options.include_usage`; figures in the last chunk, which has no choices. */
  usage?: CompletionUsage | null;
}

/** GET /v1/models/:id */
export interface WireModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

/** GET /v1/models */
export interface WireModelList {
  object: 'list';
  data: WireModel[];
}

export type ResponseItem =
  | {
      type: 'message';
      id: string;
      status: 'in_progress' | 'completed' | 'incomplete';
      role: 'assistant';
      content: { type: 'output_text'; text: string; annotations: []; logprobs: [] }[];
    }
  | {
      type: 'function_call';
      id: string;
      status: 'in_progress' | 'completed' | 'incomplete';
      call_id: string;
      name: string;
      arguments: string;
    };

/** POST /v1/responses */
export interface ResponseObject {
  id: string;
  object: 'response';
  /** Seconds since 1970. */
  created_at: number;
  status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  error: { code: string; message: string } | null;
  incomplete_details: { reason: 'max_output_tokens' | 'content_filter' } | null;
  instructions: string | null;
  max_output_tokens: number | null;
  metadata: unknown;
  /** As the caller named it. */
  model: string;
  output: ResponseItem[];
  parallel_tool_calls: boolean;
  previous_response_id: null;
  store: false;
  temperature: number | null;
  text: unknown;
  tool_choice: unknown;
  tools: unknown[];
  top_p: number | null;
  truncation: 'disabled';
  usage: {
    input_tokens: number;
    input_tokens_details: { cached_tokens: number };
    output_tokens: number;
    output_tokens_details: { reasoning_tokens: number };
    total_tokens: number;
  } | null;
  user: string | null;
}
