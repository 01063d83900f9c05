import type { Content, ContentPart, PromptMessage, ToolCall } from '@openclaw/core';
import { InvalidInput } from '@openclaw/core';
import type { JsonObject } from '../body/parse-json.js';
import { answeredCallId, functionCallId } from './functions.js';
import { objectAt, optionalTextAt, textAt, unsupported, wrong } from './wire.js';

const ROLES = 'system, developer, user, assistant or tool';
const IMAGE_URL = /^(https?:\/\/\S|data:image\/[\w.+-]+;base64,)/i;

/** The messages of a chat completion, each as it is, in one pass. Throws `InvalidInput`, naming the member. */
export function promptMessages(messages: unknown[]): PromptMessage[] {
  if (messages.length === 0) throw InvalidInput.field('messages', 'messages must have at least one message');
  return messages.map((message, no) => promptMessage(message, no, messages));
}

function promptMessage(value: unknown, no: number, messages: unknown[]): PromptMessage {
  const message = objectAt(value, `messages[${no}]`);
  const { role, content } = message;
  switch (role) {
    case 'user':
    case 'system':
    case 'developer': {
      const name = optionalTextAt(message.name, `messages[${no}].name`);
      const said = typeof content === 'string' ? content : parts(content, `messages[${no}].content`, role === 'user');
      return name === undefined ? { role, content: said } : { role, content: said, name };
    }
    case 'assistant': {
      const name = optionalTextAt(message.name, `messages[${no}].name`);
      const toolCalls = callsOf(message.tool_calls, `messages[${no}].tool_calls`) ?? functionCalled(message, no);
      const silent = (content ?? null) === null && (toolCalls !== undefined || typeof message.refusal === 'string');
      const words = silent ? (optionalTextAt(message.refusal, `messages[${no}].refusal`) ?? '') : content;
      const said = typeof words === 'string' ? words : parts(words, `messages[${no}].content`, false);
      return { role, content: said, ...(toolCalls && { toolCalls }), ...(name !== undefined && { name }) };
    }
    case 'tool':
      return {
        role,
        toolCallId: textAt(message.tool_call_id, `messages[${no}].tool_call_id`),
        content: typeof content === 'string' ? content : parts(content, `messages[${no}].content`, false),
      };
    case 'function': {
      const toolCallId = answeredCallId(messages, no, textAt(message.name, `messages[${no}].name`));
      return { role: 'tool', toolCallId, content: textAt(content, `messages[${no}].content`, true) };
    }
    default:
      throw wrong(`messages[${no}].role`, `one of ${ROLES}`, role);
  }
}

function functionCalled({ function_call: value }: JsonObject, no: number): ToolCall[] | undefined {
  if (value === undefined || value === null) return undefined;
  const field = `messages[${no}].function_call`;
  const { name, arguments: args } = objectAt(value, field);
  const call = { name: textAt(name, `${field}.name`), arguments: textAt(args, `${field}.arguments`, true) };
  return [{ id: functionCallId(no), ...call }];
}

function callsOf(value: unknown, field: string): ToolCall[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrong(field, 'an array', value);
  if (value.length === 0) return undefined;
  return value.map((entry: unknown, no) => {
    const call = objectAt(entry, `${field}[${no}]`);
    if (call.type !== undefined && call.type !== 'function')
      throw unsupported(
        `${field}[${no}].type`,
        `${field}[${no}].type must be "function": other tools are not supported`,
      );
    const called = objectAt(call.function, `${field}[${no}].function`);
    return {
      id: textAt(call.id, `${field}[${no}].id`),
      name: textAt(called.name, `${field}[${no}].function.name`),
      arguments: textAt(called.arguments, `${field}[${no}].function.arguments`, true),
    };
  });
}

function parts(value: unknown, field: string, pictures: boolean): Content {
  if (!Array.isArray(value)) throw wrong(field, 'a string or an array of parts', value);
  return value.map((part: unknown, no) => contentPart(part, `${field}[${no}]`, pictures));
}

function contentPart(value: unknown, field: string, pictures: boolean): ContentPart {
  const part = objectAt(value, field);
  switch (part.type) {
    case 'text':
      return { type: 'text', text: textAt(part.text, `${field}.text`, true) };
    case 'refusal':
      return { type: 'text', text: textAt(part.refusal, `${field}.refusal`, true) };
    case 'image_url': {
      if (!pictures) throw unsupported(field, `${field}: only a message of role "user" may have pictures`);
      const image =
        typeof part.image_url === 'string' ? { url: part.image_url } : objectAt(part.image_url, `${field}.image_url`);
      return imagePart(image, `${field}.image_url`);
    }
    default:
      throw wrong(`${field}.type`, 'text or image_url', part.type);
  }
}

/** Of both APIs: `{url, detail?}`. */
export function imagePart(image: { url?: unknown; detail?: unknown }, field: string): ContentPart {
  const url = textAt(image.url, `${field}.url`);
  if (!IMAGE_URL.test(url))
    throw unsupported(`${field}.url`, `${field}.url must be an http(s) URL or data:image/…;base64,…`);
  const detail = optionalTextAt(image.detail, `${field}.detail`);
  return { type: 'image', url, ...(detail !== undefined && { detail }) };
}
