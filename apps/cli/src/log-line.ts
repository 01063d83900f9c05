import type { LogEntry } from '@openclaw/gateway';
import type { Style } from './terminal.js';

const FIXED = new Set(['timestamp', 'level', 'component', 'message']);
const STYLES = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/**
 * One line, so that grep finds whole entries: `2026-04-09 14:03:07.120 INFO  gateway   request method=GET status=200`, local time. Control
 * characters are escaped: no text from outside starts a line of its own or reaches the terminal.
 */
export function formatLogLine(entry: LogEntry, paint: (style: Style, text: string) => string): string {
  const fields = Object.entries(entry)
    .filter(([name, value]) => !FIXED.has(name) && value !== undefined)
    .map(([name, value]) => `${paint('dim', `${escape(name)}=`)}${fieldText(value)}`);
  return [
    paint('dim', localTime(entry.timestamp)),
    paint(STYLES[entry.level], entry.level.toUpperCase().padEnd(5)),
    paint('cyan', entry.component.padEnd(9)),
    escape(entry.message),
    ...fields,
  ].join(' ');
}

function localTime(timestamp: string): string {
  const date = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s="]+$/.test(value)) return escape(value);
  if (isError(value)) return escape(JSON.stringify(`${value.name}: ${value.message}`));
  return escape(JSON.stringify(value) ?? String(value));
}

function isError(value: unknown): value is { name: string; message: string } {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('message' in value)) return false;
  return typeof value.name === 'string' && typeof value.message === 'string';
}

function escape(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
