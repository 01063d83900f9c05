import type { ResponseFormat, ToolChoice, ToolDefinition } from '@openclaw/core';
import type { JsonObject } from '../body/parse-json.js';
import { objectAt, optionalTextAt, textAt, unsupported, wrong } from './wire.js';

/** Where a function's members stand: below `function` in chat completions, beside `type` in responses. */
export type FunctionAt = 'below' | 'beside';

const KINDS = ['auto', 'none', 'required'] as const;

/** Throws `InvalidInput`. */
export function toolDefinitions(tools: unknown[] | undefined, at: FunctionAt): ToolDefinition[] | undefined {
  if (tools === undefined || tools.length === 0) return undefined;
  return tools.map((value, no) => {
    const field = `tools[${no}]`;
    const tool = objectAt(value, field);
    if (tool.type !== 'function') {
      throw unsupported(`${field}.type`, `${field}.type must be "function": tools of other types are not supported`);
    }
    const inner = at === 'below' ? `${field}.function` : field;
    const { name, description, parameters, strict } = at === 'below' ? objectAt(tool.function, inner) : tool;
    if (strict !== undefined && strict !== null && typeof strict !== 'boolean')
      throw wrong(`${inner}.strict`, 'true or false', strict);
    const about = optionalTextAt(description, `${inner}.description`);
    const schema =
      parameters === undefined || parameters === null ? undefined : objectAt(parameters, `${inner}.parameters`);
    return {
      name: textAt(name, `${inner}.name`),
      ...(about !== undefined && { description: about }),
      ...(schema && { parameters: schema }),
      ...(typeof strict === 'boolean' && { strict }),
    };
  });
}

/** Throws `InvalidInput`. */
export function toolChoice(
  choice: unknown,
  tools: ToolDefinition[] | undefined,
  at: FunctionAt,
): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  const kind = KINDS.find((word) => word === choice);
  if (kind) {
    if (kind === 'required' && !tools) throw unsupported('tool_choice', 'tool_choice "required" needs tools');
    return kind;
  }
  if (typeof choice !== 'object' || Array.isArray(choice)) {
    throw wrong('tool_choice', 'auto, none, required or the function to call', choice);
  }
  const chosen = choice as JsonObject;
  if (chosen.type !== 'function') throw wrong('tool_choice.type', '"function"', chosen.type);
  const inner = at === 'below' ? 'tool_choice.function' : 'tool_choice';
  const name = textAt((at === 'below' ? objectAt(chosen.function, inner) : chosen).name, `${inner}.name`);
  if (!tools?.some((tool) => tool.name === name))
    throw unsupported(`${inner}.name`, `${inner}.name must name one of the tools, got ${JSON.stringify(name)}`);
  return { name };
}

/** `response_format` of chat completions, whose schema stands below `json_schema`, or `text.format` of responses, where it does not. */
export function responseFormat(value: unknown, field: string, at: FunctionAt): ResponseFormat | undefined {
  if (value === undefined || value === null) return undefined;
  const format = objectAt(value, field);
  switch (format.type) {
    case 'text':
    case 'json_object':
      return { type: format.type };
    case 'json_schema': {
      const inner = at === 'below' ? `${field}.json_schema` : field;
      const { name, schema, description, strict } = at === 'below' ? objectAt(format.json_schema, inner) : format;
      if (strict !== undefined && strict !== null && typeof strict !== 'boolean')
        throw wrong(`${inner}.strict`, 'true or false', strict);
      const about = optionalTextAt(description, `${inner}.description`);
      return {
        type: 'json_schema',
        name: textAt(name, `${inner}.name`),
        ...(schema !== undefined && schema !== null && { schema: objectAt(schema, `${inner}.schema`) }),
        ...(about !== undefined && { description: about }),
        ...(typeof strict === 'boolean' && { strict }),
      };
    }
    default:
      throw wrong(`${field}.type`, 'text, json_object or json_schema', format.type);
  }
}
