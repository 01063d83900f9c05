import type { LogEntry, LogLevel } from '@openclaw/core';
import { styleText } from 'node:util';

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const satisfies Record<
  LogLevel,
  string
>;
const FIXED = new Set(['timestamp', 'level', 'component', 'message']);
const MAX_CAUSES = 6;

/**
 * One line for a person: `14:03:07.120 INFO  gateway   listening  port=18789`, local time. Control characters are escaped,
 * so that no text from outside can start a line of its own or reach the terminal; a stack follows on marked lines.
 */
export function prettyLine(entry: LogEntry, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const parts = [
    paint('dim', clock(entry.timestamp)),
    paint(COLOURS[entry.level], entry.level.toUpperCase().padEnd(5)),
    paint('cyan', entry.component.padEnd(9)),
    escape(entry.message),
  ];
  let stack = '';
  for (const [name, value] of Object.entries(entry)) {
    if (FIXED.has(name) || value === undefined) continue;
    parts.push(`${paint('dim', `${escape(name)}=`)}${fieldText(value)}`);
    if (isError(value) && typeof value.stack === 'string') stack += stackLines(value.stack, paint);
  }
  return parts.join(' ') + stack;
}

function clock(timestamp: string): string {
  const date = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, '0');
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s="]+$/.test(value) ? escape(value) : escape(JSON.stringify(value));
  if (isError(value)) return escape(JSON.stringify(errorText(value)));
  return escape(JSON.stringify(value) ?? String(value));
}

interface RenderedError {
  name: string;
  message: string;
  code?: unknown;
  stack?: unknown;
  cause?: unknown;
}

function isError(value: unknown): value is RenderedError {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('message' in value)) return false;
  return typeof value.name === 'string' && typeof value.message === 'string';
}

function errorText(error: RenderedError): string {
  const chain: string[] = [];
  for (let at: unknown = error; at !== undefined && chain.length < MAX_CAUSES;) {
    if (!isError(at)) {
      chain.push(typeof at === 'string' ? at : JSON.stringify(at));
      break;
    }
    chain.push(`${at.name}: ${at.message}${at.code === undefined ? '' : ` (${String(at.code)})`}`);
    at = at.cause;
  }
  return chain.join(' ← ');
}

function stackLines(stack: string, paint: (style: 'dim', text: string) => string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.map((line) => `\n  ${paint('dim', `| ${escape(line.trim())}`)}`).join('');
}

function escape(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
