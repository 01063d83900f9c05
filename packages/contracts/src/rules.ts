import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  type ValidationOptions,
} from './class-validator.js';
import { parseIsoTime } from './iso-time.js';

/** Each rule says what it wants once, whichever part of it failed, and what it got. */
function wants(what: string): ValidationOptions {
  return { message: ({ value }) => `must be ${what}, got ${describe(value)}` };
}

const SHOWN_CHARS = 40;

/** Names a value without repeating more of it than helps. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length <= SHOWN_CHARS ? JSON.stringify(value) : `a string of ${value.length} characters`;
}

function all(...rules: PropertyDecorator[]): PropertyDecorator {
  return (target, key) => rules.forEach((rule) => rule(target, key));
}

/** Text of any length but none; the body's size limit bounds it. */
export function Text(): PropertyDecorator {
  const said = wants('a non-empty string');
  return all(IsString(said), IsNotEmpty(said));
}

/** Text that may be empty. */
export function AnyText(): PropertyDecorator {
  return IsString(wants('a string'));
}

/** An id or a name on one line: 1 to `max` code points, no control characters. */
export function Name(max: number): PropertyDecorator {
  const said = wants(`a string of 1 to ${max} characters without control characters`);
  return all(IsString(said), Matches(new RegExp(`^[^\\p{Cc}]{1,${max}}$`, 'u'), said));
}

/** The id of a conversation, message or session. */
export function Id(): PropertyDecorator {
  return Name(ID_CHARS);
}

/** A client's own name for something: an `Id`, or a whole number. */
export function Reference(): PropertyDecorator {
  const fits = (value: unknown) => (typeof value === 'string' ? REFERENCE.test(value) : Number.isSafeInteger(value));
  const said = wants(`a string of 1 to ${ID_CHARS} characters without control characters, or a whole number`);
  return ValidateBy({ name: 'isReference', validator: { validate: fits } }, said);
}

export const ID_CHARS = 200;
const REFERENCE = new RegExp(`^[^\\p{Cc}]{1,${ID_CHARS}}$`, 'u');

export function Whole(min: number, max: number = Number.MAX_SAFE_INTEGER): PropertyDecorator {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const said = wants(`a whole number ${range}`);
  return all(IsInt(said), Min(min, said), Max(max, said));
}

export function Between(min: number, max: number): PropertyDecorator {
  const said = wants(`a number from ${min} to ${max}`);
  return all(IsNumber({ allowNaN: false, allowInfinity: false }, said), Min(min, said), Max(max, said));
}

export function Flag(): PropertyDecorator {
  return IsBoolean(wants('true or false'));
}

export function OneOf(values: readonly string[]): PropertyDecorator {
  return IsIn([...values], wants(`one of ${values.join(', ')}`));
}

export function ObjectValue(): PropertyDecorator {
  return IsObject(wants('an object'));
}

export function List(max: number): PropertyDecorator {
  const said = wants(`an array of at most ${max} items`);
  return all(IsArray(said), ArrayMaxSize(max, said));
}

/** A list of at least one of these; any may stand in it again. */
export function Choices(values: readonly string[]): PropertyDecorator {
  const fits = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every((entry) => values.includes(entry));
  return ValidateBy(
    { name: 'isChoices', constraints: [[...values]], validator: { validate: fits } },
    {
      message: ({ value }) =>
        `must be a list of ${values.join(', ')}, at least one, got ${describeList(value, values)}`,
    },
  );
}

/** Names what does not belong into a list. */
function describeList(value: unknown, allowed: readonly string[]): string {
  if (!Array.isArray(value)) return describe(value);
  if (value.length === 0) return 'an empty list';
  const wrong: unknown = value.find((entry) => !allowed.includes(entry));
  return wrong === undefined ? `a list of ${value.length}` : `${describe(wrong)} in it`;
}

export function ListOrObject(): PropertyDecorator {
  const fits = (value: unknown) => typeof value === 'object' && value !== null;
  return ValidateBy({ name: 'isListOrObject', validator: { validate: fits } }, wants('an array or an object'));
}

/** At most `max` names of 1 to 200 code points, no control characters. */
export function Names(max: number): PropertyDecorator {
  const fits = (value: unknown) =>
    Array.isArray(value) && value.length <= max && value.every((one) => typeof one === 'string' && REFERENCE.test(one));
  return ValidateBy(
    { name: 'isNames', constraints: [max], validator: { validate: fits } },
    wants(`an array of at most ${max} strings of 1 to ${ID_CHARS} characters without control characters`),
  );
}

/** At most `max` objects, and at least one. */
export function Objects(max: number): PropertyDecorator {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const fits = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.length <= max && value.every(isObject);
  return ValidateBy(
    { name: 'isObjects', constraints: [max], validator: { validate: fits } },
    wants(`an array of 1 to ${max} objects`),
  );
}

/** See `parseIsoTime` for what is understood. */
export function IsoTime(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isIsoTime',
      validator: { validate: (value) => typeof value === 'string' && parseIsoTime(value) !== undefined },
    },
    wants('an ISO 8601 time like 2026-03-20T15:30:00Z'),
  );
}
