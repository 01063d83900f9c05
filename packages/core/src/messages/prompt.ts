/** What a message says. A text by itself is what most messages are. */
export type Content = string | ContentPart[];

export type ContentPart =
  | { type: 'text'; text: string }
  /** `url`: http(s), or `data:` with the picture in base64. */
  | { type: 'image'; url: string; detail?: string };

/** A function of the caller's that the model wants called; the arguments as the model gave them, which need not be JSON. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

/** One message as the model gets it. Conversations of the gateway's own are made of plain texts of `user` and `assistant`. */
export type PromptMessage =
  | { role: 'system' | 'developer' | 'user'; content: Content; name?: string }
  | { role: 'assistant'; content: Content; toolCalls?: ToolCall[]; name?: string }
  | { role: 'tool'; toolCallId: string; content: Content };

/** A function that the caller offers to the model; `parameters` is a JSON schema. */
export interface ToolDefinition {
  name: string;
  description?: string;
  parameters?: Record<string, unknown>;
  strict?: boolean;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { name: string };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | { type: 'json_schema'; name: string; schema?: Record<string, unknown>; description?: string; strict?: boolean };

/** How the model is to answer; what a provider has no word for is left out. */
export interface RunOptions {
  maxTokens?: number;
  /** 0…2 */
  temperature?: number;
  /** 0…1 */
  topP?: number;
  /** Texts at which the answer ends. */
  stop?: string[];
  seed?: number;
  /** -2…2 */
  presencePenalty?: number;
  /** -2…2 */
  frequencyPenalty?: number;
  tools?: ToolDefinition[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  responseFormat?: ResponseFormat;
}

/** The texts of a content, without its pictures. */
export function plainText(content: Content): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
}
