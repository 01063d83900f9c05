import { getMetadataStorage, Validator } from './class-validator.js';
import { quickCheck } from './quick-check.js';

/**
 * A DTO class. `nested` names the members that are objects with rules of their own; whatever else those hold is kept. `about` is what
 * the API reference says of a member beyond its rules: `{ description, default, … }`.
 */
export type DtoClass<T extends object> = (new () => T) & {
  readonly nested?: Record<string, DtoClass<object>>;
  readonly about?: Record<string, Record<string, unknown>>;
};

export interface Problem {
  /** Path of the member: `metadata.user_id`. */
  field: string;
  /** What it wants and what it got, to be read after the member's name. */
  message: string;
}

export interface Decoded<T> {
  value: T;
  /** Empty when `value` keeps every rule of its class. */
  problems: Problem[];
  /** Members that nobody knows. */
  ignored: string[];
}

interface Schema {
  members: Set<string>;
  /** Those that are whole numbers. */
  whole: Set<string>;
  keeps: ReturnType<typeof quickCheck>;
  /** Those that are numbers, and need not be whole. */
  decimal: Set<string>;
}

const OPTIONS = {
  validationError: { target: false, value: false },
  forbidUnknownValues: false,
  stopAtFirstError: true,
};
const validator = new Validator();
const schemas = new Map<unknown, Schema>();

/** Takes the known members of `source` over into a new DTO (`null` counts as absent) and checks them, all of them. */
export function decode<T extends object>(Dto: DtoClass<T>, source: Record<string, unknown>): Decoded<T> {
  const { members, keeps } = schemaOf(Dto);
  const value = new Dto();
  const ignored: string[] = [];
  const names = Object.keys(source);
  for (const name of names) {
    if (!members.has(name)) ignored.push(name);
    else if (source[name] !== null) (value as Record<string, unknown>)[name] = source[name];
  }
  const problems = keeps?.(value, names) ? [] : ownProblems(value);
  if (Dto.nested) problems.push(...nestedProblems(Dto.nested, value));
  return { value, problems, ignored };
}

/** The same for a query string, whose values are strings: numerals become numbers where the DTO wants a number. */
export function decodeQuery<T extends object>(Dto: DtoClass<T>, query: Record<string, unknown>): Decoded<T> {
  const { whole, decimal } = schemaOf(Dto);
  const source: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const form = whole.has(name) ? WHOLE : decimal.has(name) ? DECIMAL : undefined;
    const numeral = typeof value === 'string' && form?.test(value) === true;
    if (name !== '__proto__') source[name] = numeral ? Number(value) : value;
  }
  return decode(Dto, source);
}

const WHOLE = /^-?\d{1,15}$/;
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

function nestedProblems(nested: Record<string, DtoClass<object>>, value: object): Problem[] {
  const problems: Problem[] = [];
  for (const [member, Nested] of Object.entries(nested)) {
    const inner: unknown = Reflect.get(value, member);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    for (const problem of decode(Nested, inner as Record<string, unknown>).problems) {
      problems.push({ field: `${member}.${problem.field}`, message: problem.message });
    }
  }
  return problems;
}

function ownProblems(value: object): Problem[] {
  return validator.validateSync(value, OPTIONS).map((error) => ({
    field: error.property,
    message: Object.values(error.constraints ?? {})[0] ?? 'is not valid',
  }));
}

function schemaOf(Dto: DtoClass<object>): Schema {
  const known = schemas.get(Dto);
  if (known) return known;
  const metadata = getMetadataStorage().getTargetValidationMetadatas(Dto, '', false, false);
  const schema: Schema = {
    members: new Set(metadata.map((rule) => rule.propertyName)),
    whole: new Set(metadata.filter((rule) => rule.name === 'isInt').map((rule) => rule.propertyName)),
    keeps: quickCheck(Dto),
    decimal: new Set(metadata.filter((rule) => rule.name === 'isNumber').map((rule) => rule.propertyName)),
  };
  schemas.set(Dto, schema);
  return schema;
}
