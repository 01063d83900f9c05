import { isUtf8 } from 'node:buffer';
import { type FieldError, InvalidInput } from '@openclaw/core';
import { jsonErrorPosition } from './json-error-position.js';

export type JsonObject = Record<string, unknown>;

const DEEPEST = 64;
const SHOWN_PATH_CHARS = 100;

/**
 * A request's body as the object it has to be. Refuses, beside what is not JSON, what the database could not keep: NUL and lone
 * surrogates; and nesting deeper than 64. Throws `InvalidInput`, which calls the body `what`.
 */
export function parseJsonObject(bytes: Buffer, what = 'body'): JsonObject {
  if (bytes.length === 0) throw new InvalidInput('The request has no body; it wants a JSON object');
  if (!isUtf8(bytes)) throw new InvalidInput(`The ${what} is not valid UTF-8`);
  const text = withoutMark(bytes.toString('utf8'));
  const value = parse(text, what);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput(
      `The ${what} must be a JSON object, got ${Array.isArray(value) ? 'an array' : typeName(value)}`,
    );
  }
  // Characters that no database keeps can only have come as escapes: a raw NUL is no JSON, a raw surrogate no UTF-8.
  const escapes = text.includes('\\u');
  if (escapes || (opensAtLeast(text, DEEPEST) && nestsDeeper(value, DEEPEST))) {
    const errors: FieldError[] = [];
    inspect(value, [], escapes, errors);
    if (errors.length > 0) throw InvalidInput.fields(errors);
  }
  return value as JsonObject;
}

/** Without the byte order mark that some Windows programs put before a file's text; browsers pass it over as well. */
function withoutMark(text: string): string {
  return text.codePointAt(0) === 0xfeff ? text.slice(1) : text;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(text, cause, what);
  }
}

function malformed(text: string, cause: unknown, what: string): InvalidInput {
  const at = jsonErrorPosition(text);
  const where = `at position ${at} (line ${text.slice(0, at).split('\n').length})`;
  const wrong =
    at >= text.length
      ? 'it ends too early'
      : `unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))}`;
  const message =
    text.trim() === ''
      ? `The ${what} is blank; it wants a JSON object`
      : `The ${what} is not valid JSON: ${wrong} ${where}`;
  return new InvalidInput(message, { cause, details: { position: at } });
}

/** Whether the text has so many opening brackets, those within strings included: one with fewer can't nest so deep. */
function opensAtLeast(text: string, count: number): boolean {
  let found = 0;
  for (const bracket of '{[') {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++found === count) return true;
  }
  return false;
}

/**
 * Whether there is something wrong with the depth; `inspect` says where. By `Object.values`, since V8 forgets the shapes of what was parsed
 * with each collection: code that was compiled for them would be thrown away each time.
 */
function nestsDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null && nestsDeeper(inner, levels - 1)) return true;
  return false;
}

/** Goes through everything inside `value` that may hold something wrong: all of it with `strings`, else only what nests. */
function inspect(value: object, path: string[], strings: boolean, errors: FieldError[]): void {
  if (path.length >= DEEPEST) {
    const field = shorten(path.join(''));
    errors.push({ field, message: `${field} is nested deeper than ${DEEPEST} levels` });
    return;
  }
  const list = Array.isArray(value);
  for (const key in value) {
    const inner = (value as JsonObject)[key];
    const nested = typeof inner === 'object' && inner !== null;
    if (!nested && !strings) continue;
    path.push(list ? `[${key}]` : path.length === 0 ? key : `.${key}`);
    if (strings && !storable(key)) report(path, 'its name', errors);
    if (nested) inspect(inner, path, strings, errors);
    else if (typeof inner === 'string' && !storable(inner)) report(path, 'its text', errors);
    path.pop();
    if (errors.length >= MOST_ERRORS) return;
  }
}

/** One who sends more of them learns nothing from more. */
const MOST_ERRORS = 20;

function report(path: string[], what: string, errors: FieldError[]): void {
  const field = shorten(path.join('')).toWellFormed().replaceAll('\0', '\ufffd');
  errors.push({
    field,
    message: `${field}: ${what} has a NUL or half of a surrogate pair in it, which can't be stored`,
  });
}

function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function shorten(path: string): string {
  return path.length <= SHOWN_PATH_CHARS ? path : `${path.slice(0, SHOWN_PATH_CHARS)}…`;
}

function typeName(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}
