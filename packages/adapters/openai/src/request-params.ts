import type { Content, ContentPart, PromptMessage, ResponseFormat, RunRequest, ToolChoice } from '@openclaw/core';
import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionToolChoiceOption,
} from 'openai/resources/chat/completions';

export interface ParamSettings {
  /** OpenAI's own API: it has names of its own for some things. */
  ownHouse: boolean;
  askForUsage: boolean;
}

/** A run as chat completions have it. */
export function requestParams(
  request: RunRequest,
  { ownHouse, askForUsage }: ParamSettings,
): ChatCompletionCreateParamsStreaming {
  const { choice, system, maxTokens, temperature, topP, stop, seed, tools, toolChoice, responseFormat } = request;
  const messages = request.messages.map(messageParam);
  return {
    model: choice.model,
    messages: system ? [{ role: 'system', content: system }, ...messages] : messages,
    stream: true,
    ...(askForUsage && { stream_options: { include_usage: true } }),
    // OpenAI's own newer models refuse the old name, most other servers don't know the new one.
    ...(maxTokens !== undefined && { [ownHouse ? 'max_completion_tokens' : 'max_tokens']: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop && { stop }),
    ...(seed !== undefined && { seed }),
    ...(request.presencePenalty !== undefined && { presence_penalty: request.presencePenalty }),
    ...(request.frequencyPenalty !== undefined && { frequency_penalty: request.frequencyPenalty }),
    ...(tools && { tools: tools.map((tool) => ({ type: 'function' as const, function: tool })) }),
    ...(toolChoice !== undefined && { tool_choice: choiceParam(toolChoice) }),
    ...(request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
    ...(responseFormat && { response_format: formatParam(responseFormat) }),
  };
}

/** Most messages are written here as they are kept. */
function messageParam(message: PromptMessage): ChatCompletionMessageParam {
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolCallId, content: textsOf(message.content) };
  }
  if (message.role === 'assistant' && message.toolCalls) {
    const { content, toolCalls, name } = message;
    return {
      role: 'assistant',
      content: content === '' ? null : textsOf(content),
      tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: args },
      })),
      ...(name !== undefined && { name }),
    };
  }
  if (typeof message.content === 'string') return message as ChatCompletionMessageParam;
  return { ...message, content: message.content.map(partParam) } as ChatCompletionMessageParam;
}

/** Only users may send pictures. */
function textsOf(content: Content) {
  return typeof content === 'string' ? content : content.filter((part) => part.type === 'text');
}

function partParam(part: ContentPart): ChatCompletionContentPart {
  if (part.type === 'text') return part;
  const { url, detail } = part;
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail: detail as 'auto' }) } };
}

function choiceParam(choice: ToolChoice): ChatCompletionToolChoiceOption {
  return typeof choice === 'string' ? choice : { type: 'function', function: choice };
}

function formatParam(format: ResponseFormat): ChatCompletionCreateParamsStreaming['response_format'] {
  if (format.type !== 'json_schema') return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}
