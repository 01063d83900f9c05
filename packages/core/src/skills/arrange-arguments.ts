import { InvalidInput } from '../shared/errors.js';
import type { JsonSchema } from './skill.js';

/**
 * Arguments as a skill takes them. A list stands for the members of the skill's input in the order of its schema, unless the skill takes a
 * list itself, or says nothing of what it takes. Throws `InvalidInput` for a list that is too long.
 */
export function arrangeArguments(args: unknown, schema: JsonSchema | undefined): unknown {
  if (!Array.isArray(args) || !schema || !takesObject(schema)) return args;
  const names = Object.keys((schema['properties'] as object | undefined) ?? {});
  if (args.length > names.length)
    throw InvalidInput.field(
      'args',
      `args has ${args.length} items, the skill takes at most ${names.length}: ${names.join(', ')}`,
    );
  return Object.fromEntries(args.map((value: unknown, place) => [names[place], value]));
}

function takesObject({ type, properties }: JsonSchema): boolean {
  return type === 'object' || (type === undefined && typeof properties === 'object' && properties !== null);
}
