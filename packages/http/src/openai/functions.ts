import type { ToolChoice, ToolDefinition } from '@openclaw/core';
import type { JsonObject } from '../body/parse-json.js';
import { objectAt, optionalTextAt, textAt, unsupported, wrong } from './wire.js';

// What tools were called before there were tools: `functions`, `function_call` and messages of role `function`. Some clients still do.

/** Throws `InvalidInput`. */
export function functionDefinitions(functions: unknown[] | undefined): ToolDefinition[] | undefined {
  if (functions === undefined || functions.length === 0) return undefined;
  return functions.map((value, no) => {
    const field = `functions[${no}]`;
    const { name, description, parameters } = objectAt(value, field);
    const about = optionalTextAt(description, `${field}.description`);
    return {
      name: textAt(name, `${field}.name`),
      ...(about !== undefined && { description: about }),
      ...((parameters ?? null) !== null && { parameters: objectAt(parameters, `${field}.parameters`) }),
    };
  });
}

/** Throws `InvalidInput`. */
export function functionChoice(choice: unknown, functions: ToolDefinition[] | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (!functions) throw unsupported('function_call', 'function_call needs functions');
  if (choice === 'auto' || choice === 'none') return choice;
  if (typeof choice !== 'object' || Array.isArray(choice))
    throw wrong('function_call', 'auto, none or the function to call', choice);
  const name = textAt((choice as JsonObject).name, 'function_call.name');
  if (functions.some((each) => each.name === name)) return { name };
  throw unsupported('function_call.name', `function_call.name must name one of the functions, got "${name}"`);
}

/** Functions were called without ids; the place of the message that did so serves as one. */
export function functionCallId(no: number): string {
  return `call_${no}`;
}

/** The id of the call whose result stands at `no`: the last one before it of that name. Throws `InvalidInput`. */
export function answeredCallId(messages: unknown[], no: number, name: string): string {
  const at = messages.slice(0, no).findLastIndex((message) => {
    const { role, function_call: called } = objectAt(message, 'messages');
    return role === 'assistant' && (called as { name?: unknown } | null | undefined)?.name === name;
  });
  if (at >= 0) return functionCallId(at);
  throw unsupported(`messages[${no}].name`, `messages[${no}].name must name a function that was called before it`);
}
