import type { ResponsesRequest } from '@openclaw/contracts';
import type { Content, ContentPart, PromptMessage, RunOptions } from '@openclaw/core';
import type { JsonObject } from '../body/parse-json.js';
import { imagePart } from './chat-messages.js';
import { responseFormat, toolChoice, toolDefinitions } from './tools.js';
import { objectAt, optionalTextAt, textAt, unsupported, wrong } from './wire.js';

const MOST_ITEMS = 10_000;

export interface ResponsesPrompt {
  messages: PromptMessage[];
  options: RunOptions;
  stream: boolean;
}

/** Throws `InvalidInput`; also for what would need responses that are kept: none is. */
export function responsesPrompt(body: ResponsesRequest): ResponsesPrompt {
  refuseKeptResponses(body);
  const tools = toolDefinitions(body.tools, 'beside');
  const format = (body.text ?? null) === null ? undefined : objectAt(body.text, 'text').format;
  const instructions: PromptMessage[] = body.instructions ? [{ role: 'system', content: body.instructions }] : [];
  return {
    messages: [...instructions, ...inputMessages(body.input)],
    options: {
      maxTokens: body.max_output_tokens,
      temperature: body.temperature,
      topP: body.top_p,
      tools,
      toolChoice: toolChoice(body.tool_choice, tools, 'beside'),
      parallelToolCalls: body.parallel_tool_calls,
      responseFormat: responseFormat(format, 'text.format', 'beside'),
    },
    stream: body.stream ?? false,
  };
}

function refuseKeptResponses({ background, previous_response_id: previous, conversation }: ResponsesRequest): void {
  const instead = 'send the whole input, or go on with a session by "user" or the header x-openclaw-session-key';
  if (background) throw unsupported('background', 'background is not supported: the answer comes with this request');
  if (previous !== undefined)
    throw unsupported(
      'previous_response_id',
      `previous_response_id is not supported: responses are not kept; ${instead}`,
    );
  if (conversation !== undefined) throw unsupported('conversation', `conversation is not supported; ${instead}`);
}

/** A text, or items, as messages: function calls that follow one another are one message of the assistant's, with its text before them. */
function inputMessages(input: unknown): PromptMessage[] {
  if (typeof input === 'string') return [{ role: 'user', content: textAt(input, 'input') }];
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_ITEMS)
    throw wrong('input', `a non-empty string or an array of 1 to ${MOST_ITEMS} items`, input);
  const messages: PromptMessage[] = [];
  for (const [no, value] of input.entries()) addItem(messages, objectAt(value, `input[${no}]`), `input[${no}]`);
  return messages;
}

function addItem(messages: PromptMessage[], item: JsonObject, field: string): void {
  switch (item.type ?? 'message') {
    case 'message':
      messages.push(messageOf(item, field));
      return;
    case 'function_call': {
      const call = {
        id: textAt(item.call_id, `${field}.call_id`),
        name: textAt(item.name, `${field}.name`),
        arguments: textAt(item.arguments, `${field}.arguments`, true),
      };
      const last = messages.at(-1);
      if (last?.role === 'assistant') last.toolCalls = [...(last.toolCalls ?? []), call];
      else messages.push({ role: 'assistant', content: '', toolCalls: [call] });
      return;
    }
    case 'function_call_output': {
      const { output } = item;
      const content = typeof output === 'string' ? output : parts(output, `${field}.output`, false);
      messages.push({ role: 'tool', toolCallId: textAt(item.call_id, `${field}.call_id`), content });
      return;
    }
    case 'reasoning':
      // What a model thought before is its provider's own; it has no place in a prompt.
      return;
    default:
      throw wrong(`${field}.type`, 'message, function_call, function_call_output or reasoning', item.type);
  }
}

function messageOf({ role, content }: JsonObject, field: string): PromptMessage {
  if (role !== 'user' && role !== 'assistant' && role !== 'system' && role !== 'developer')
    throw wrong(`${field}.role`, 'user, assistant, system or developer', role);
  const said = typeof content === 'string' ? content : parts(content, `${field}.content`, role === 'user');
  return { role, content: said };
}

/** One part of text is its text. */
function parts(value: unknown, field: string, pictures: boolean): Content {
  if (!Array.isArray(value)) throw wrong(field, 'a string or an array of parts', value);
  const all = value.map((part: unknown, no) =>
    contentPart(objectAt(part, `${field}[${no}]`), `${field}[${no}]`, pictures),
  );
  const [only] = all;
  return all.length === 1 && only?.type === 'text' ? only.text : all;
}

function contentPart(part: JsonObject, field: string, pictures: boolean): ContentPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textAt(part.text, `${field}.text`, true) };
    case 'refusal':
      return { type: 'text', text: textAt(part.refusal, `${field}.refusal`, true) };
    case 'input_image': {
      if (!pictures) throw unsupported(field, `${field}: only a message of role "user" may have pictures`);
      if (optionalTextAt(part.file_id, `${field}.file_id`) !== undefined)
        throw unsupported(`${field}.file_id`, `${field}.file_id is not supported: send image_url`);
      return imagePart({ url: part.image_url, detail: part.detail }, `${field}.image_url`);
    }
    default:
      throw wrong(`${field}.type`, 'input_text, output_text or input_image', part.type);
  }
}
