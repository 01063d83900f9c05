import { getMetadataStorage } from '../class-validator.js';
import type { DtoClass } from '../decode.js';
import type { JsonSchema } from './schema.js';

/** What one rule of class-validator says as JSON schema; `constraints` are the rule's own arguments. */
type Translation = (constraints: unknown[]) => JsonSchema;

const TRANSLATIONS: Record<string, Translation> = {
  isString: () => ({ type: 'string' }),
  isNotEmpty: () => ({ minLength: 1 }),
  matches: ([pattern]) => patternOf(pattern as RegExp),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => (maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  isIn: ([values]) => ({ enum: values }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  isListOrObject: () => ({ type: ['array', 'object'] }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
  arrayMinSize: ([minItems]) => ({ minItems }),
  isChoices: ([values]) => ({ type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', enum: values } }),
  isNames: ([maxItems]) => ({
    type: 'array',
    maxItems,
    items: { type: 'string', ...patternOf(/^[^\p{Cc}]{1,200}$/u) },
  }),
  isObjects: ([maxItems]) => ({ type: 'array', minItems: 1, maxItems, items: { type: 'object' } }),
  isIsoTime: () => ({ type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] }),
};

const IS_OPTIONAL = 'isOptional';

/**
 * The JSON schema of a DTO, from the rules that also check what comes in. Optional members may be null, which counts as absent.
 * Throws for a rule it does not know: a schema that silently says less than the rules would be wrong.
 */
export function dtoSchema(Dto: DtoClass<object>): JsonSchema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Dto, '', false, false);
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, ofMember] of Map.groupBy(rules, (rule) => rule.propertyName)) {
    const optional = ofMember.some((rule) => rule.name === IS_OPTIONAL);
    const schema: JsonSchema = { ...Dto.about?.[name] };
    for (const rule of ofMember) {
      if (rule.name !== IS_OPTIONAL) Object.assign(schema, translate(Dto, name, rule.name, rule.constraints));
    }
    const nested = Dto.nested?.[name];
    if (nested) Object.assign(schema, { ...dtoSchema(nested), title: undefined });
    properties[name] = optional ? orNull(schema) : schema;
    if (!optional) required.push(name);
  }
  return { title: Dto.name, type: 'object', properties, ...(required.length > 0 && { required }) };
}

/** The members of a DTO that is read from a query string, each with its schema; there is no null in a query. */
export function queryMembers(Dto: DtoClass<object>): { name: string; required: boolean; schema: JsonSchema }[] {
  const { properties, required } = dtoSchema(Dto);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => ({
    name,
    required: Array.isArray(required) && required.includes(name),
    schema: notNull(schema),
  }));
}

function translate(Dto: DtoClass<object>, member: string, rule = 'unnamed', constraints: unknown[] = []): JsonSchema {
  const translation = TRANSLATIONS[rule];
  if (!translation) throw new Error(`the rule "${rule}" of ${Dto.name}.${member} has no JSON schema; add it here`);
  return translation(constraints);
}

const SIMPLE_PATTERN = /^\^\[\^\\p\{Cc\}\]\{(\d+),(\d+)\}\$$/;

/** `\p{Cc}` written out, since not every regular expression engine that reads the document knows it. */
function patternOf(pattern: RegExp): JsonSchema {
  const [, min, max] = SIMPLE_PATTERN.exec(pattern.source) ?? [];
  if (min === undefined || max === undefined) return { pattern: pattern.source };
  return { minLength: Number(min), maxLength: Number(max), pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' };
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...schema.enum, null] };
  if (Array.isArray(schema.type)) {
    const types = schema.type as string[];
    return types.includes('null') ? schema : { ...schema, type: [...types, 'null'] };
  }
  return typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema;
}

function notNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.enum)) return { ...schema, enum: schema.enum.filter((value) => value !== null) };
  return Array.isArray(schema.type)
    ? { ...schema, type: (schema.type as string[]).find((type) => type !== 'null') }
    : schema;
}
