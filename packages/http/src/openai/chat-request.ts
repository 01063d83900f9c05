import type { ChatCompletionRequest } from '@openclaw/contracts';
import { InvalidInput, type PromptMessage, type RunOptions } from '@openclaw/core';
import { promptMessages } from './chat-messages.js';
import { functionChoice, functionDefinitions } from './functions.js';
import { responseFormat, toolChoice, toolDefinitions } from './tools.js';
import { objectAt, unsupported, wrong } from './wire.js';

export interface ChatPrompt {
  messages: PromptMessage[];
  options: RunOptions;
  stream: boolean;
  includeUsage: boolean;
  /** The caller speaks of functions where others speak of tools, and wants to be answered likewise. */
  functions: boolean;
}

/** Throws `InvalidInput`. */
export function chatPrompt(body: ChatCompletionRequest): ChatPrompt {
  if (body.n !== undefined && body.n !== 1)
    throw InvalidInput.field('n', `n must be 1: the gateway gives one answer for each request, got ${body.n}`);
  const functions = functionDefinitions(body.functions);
  if (functions && body.tools?.length)
    throw unsupported('functions', 'functions and tools say the same; send only one of them');
  const tools = functions ?? toolDefinitions(body.tools, 'below');
  const calls = functionChoice(body.function_call, functions);
  const stream = body.stream ?? false;
  return {
    messages: promptMessages(body.messages),
    options: {
      maxTokens: body.max_completion_tokens ?? body.max_tokens,
      temperature: body.temperature,
      topP: body.top_p,
      stop: stopTexts(body.stop),
      seed: body.seed,
      presencePenalty: body.presence_penalty,
      frequencyPenalty: body.frequency_penalty,
      tools,
      toolChoice: calls ?? toolChoice(body.tool_choice, tools, 'below'),
      parallelToolCalls: body.parallel_tool_calls,
      responseFormat: responseFormat(body.response_format, 'response_format', 'below'),
    },
    stream,
    includeUsage: stream && includesUsage(body.stream_options),
    functions: functions !== undefined,
  };
}

function stopTexts(stop: unknown): string[] | undefined {
  if (stop === undefined || stop === null) return undefined;
  const texts: unknown[] = Array.isArray(stop) ? stop : [stop];
  if (!texts.every((text) => typeof text === 'string')) throw wrong('stop', 'a string or an array of strings', stop);
  return texts.length === 0 ? undefined : texts;
}

function includesUsage(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const asked = objectAt(value, 'stream_options').include_usage ?? false;
  if (typeof asked !== 'boolean') throw wrong('stream_options.include_usage', 'true or false', asked);
  return asked;
}
