import type {
  ContentBlockParam,
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
  ToolChoice as ToolChoiceParam,
} from '@anthropic-ai/sdk/resources/messages';
import { type Content, type ContentPart, type PromptMessage, type RunRequest, plainText } from '@openclaw/core';

/** Anthropic demands a limit; this is what an answer gets when the caller sets none. */
const DEFAULT_MAX_TOKENS = 4096;

/** A run as Anthropic's messages have it. It has no words for seed and penalties. */
export function requestParams(request: RunRequest): MessageCreateParamsStreaming {
  const { choice, maxTokens, temperature, topP, tools, toolChoice } = request;
  const system = instructionsOf(request);
  const stop = request.stop?.filter((text) => text.trim() !== '') ?? [];
  const choiceOfTool = toolChoiceParam(request);
  return {
    model: choice.model,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    messages: alternating(request.messages),
    stream: true,
    ...(system !== '' && { system }),
    // Anthropic's scale ends at 1 where others' ends at 2.
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(tools && {
      tools: tools.map(({ name, description, parameters }) => ({
        name,
        ...(description !== undefined && { description }),
        input_schema: { ...parameters, type: 'object' as const },
      })),
    }),
    ...(choiceOfTool && (tools || toolChoice === 'none') && { tool_choice: choiceOfTool }),
  };
}

/** Anthropic has one place for all instructions, and none for a format of the answer. */
function instructionsOf({ system, messages, responseFormat }: RunRequest): string {
  const parts = system ? [system] : [];
  for (const { role, content } of messages) {
    if (role === 'system' || role === 'developer') parts.push(plainText(content));
  }
  if (responseFormat?.type === 'json_object') {
    parts.push('Answer with a single JSON object and nothing else: no code fence, no word before or after it.');
  } else if (responseFormat?.type === 'json_schema') {
    const schema = JSON.stringify(responseFormat.schema ?? {});
    parts.push(
      `Answer with a single JSON value that matches this schema, and nothing else: no code fence, no word before or after it.\n${schema}`,
    );
  }
  return parts.filter((part) => part.trim() !== '').join('\n\n');
}

function toolChoiceParam({ toolChoice, parallelToolCalls }: RunRequest): ToolChoiceParam | undefined {
  if (toolChoice === 'none') return { type: 'none' };
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (typeof toolChoice === 'object') return { type: 'tool', name: toolChoice.name, ...single };
  if (toolChoice === 'required') return { type: 'any', ...single };
  return toolChoice === 'auto' || parallelToolCalls === false ? { type: 'auto', ...single } : undefined;
}

/** The user's word first, then by turns; empty messages, which Anthropic refuses, left out. */
function alternating(messages: PromptMessage[]): MessageParam[] {
  const merged: MessageParam[] = [];
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = contentParam(message);
    const last = merged.at(-1);
    if (content.length === 0 || (!last && role === 'assistant')) continue;
    if (last?.role === role) last.content = joined(last.content, content);
    else merged.push({ role, content });
  }
  return merged;
}

function joined(before: MessageParam['content'], after: MessageParam['content']): MessageParam['content'] {
  if (typeof before === 'string' && typeof after === 'string') return `${before}\n\n${after}`;
  return [...blocks(before), ...blocks(after)];
}

function blocks(content: MessageParam['content']): ContentBlockParam[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** Empty for a message that says nothing. */
function contentParam(message: PromptMessage): string | ContentBlockParam[] {
  if (message.role === 'tool') {
    const content = typeof message.content === 'string' ? message.content : parts(message.content);
    return [{ type: 'tool_result', tool_use_id: message.toolCallId, content }];
  }
  if (message.role !== 'assistant' || !message.toolCalls) return textParam(message.content);
  const said = textParam(message.content);
  return [
    ...(said.length > 0 ? blocks(said) : []),
    ...message.toolCalls.map(({ id, name, arguments: args }) => ({
      type: 'tool_use' as const,
      id,
      name,
      input: inputOf(args),
    })),
  ];
}

function textParam(content: Content): string | (TextBlockParam | ImageBlockParam)[] {
  if (typeof content === 'string') return content.trim() === '' ? '' : content;
  return parts(content);
}

function parts(content: ContentPart[]): (TextBlockParam | ImageBlockParam)[] {
  return content.flatMap((part): (TextBlockParam | ImageBlockParam)[] => {
    if (part.type === 'image') return [imageParam(part.url)];
    return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  });
}

function imageParam(url: string): ImageBlockParam {
  const [, mediaType, data] = /^data:([^;,]+);base64,([\s\S]*)$/.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) return { type: 'image', source: { type: 'url', url } };
  return { type: 'image', source: { type: 'base64', media_type: mediaType as 'image/png', data } };
}

/** Anthropic wants the object that the arguments stand for. What a model once wrote that is no object is shown to it as it is. */
function inputOf(args: string): Record<string, unknown> {
  if (args.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(args);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through to the wrapped text.
  }
  return { arguments: args };
}
