import { LOG_COMPONENTS, LOG_LEVELS, type LogEntry } from '@openclaw/core';
import { closeSync, openSync, readSync, fstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The name the rotation gives: the day, and a number from the second file of a day on. */
const LOG_FILE = /^gateway-(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.log$/;
const PRIME_BYTES = 4 * 1024 * 1024;

/** The log files of a folder, the oldest first. None where there is no such folder. */
export function listLogFiles(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    // Not there yet, gone, or not ours to read: in each case there is nothing to show.
    return [];
  }
  return names
    .flatMap((name) => {
      const match = LOG_FILE.exec(name);
      return match ? [{ name, day: match[1] ?? '', part: Number(match[2] ?? 0) }] : [];
    })
    .sort((a, b) => (a.day === b.day ? a.part - b.part : a.day < b.day ? -1 : 1))
    .map(({ name }) => join(dir, name));
}

/** The entry a line holds, or undefined for one that is cut or not ours. */
export function parseLogLine(line: string): LogEntry | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isLogEntry(parsed) ? parsed : undefined;
}

/** The newest `count` entries of the folder, the newest last; looks at no more than the last 4 MB. */
export function readNewestEntries(dir: string, count: number): LogEntry[] {
  let entries: LogEntry[] = [];
  let budget = PRIME_BYTES;
  for (const file of listLogFiles(dir).reverse()) {
    if (entries.length >= count || budget <= 0) break;
    const { text, bytes } = readTail(file, budget);
    budget -= bytes;
    const found = text.split('\n').flatMap((line) => parseLogLine(line) ?? []);
    entries = [...found, ...entries];
  }
  return count > 0 ? entries.slice(-count) : [];
}

function readTail(file: string, limit: number): { text: string; bytes: number } {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // Removed by the rotation since the folder was listed.
    return { text: '', bytes: 0 };
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, limit));
    const bytes = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return { text: buffer.toString('utf8', 0, bytes), bytes };
  } finally {
    closeSync(descriptor);
  }
}

export function isLogEntry(value: unknown): value is LogEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { timestamp, level, component, message } = value as Record<string, unknown>;
  return (
    typeof timestamp === 'string' &&
    typeof message === 'string' &&
    LOG_LEVELS.some((known) => known === level) &&
    LOG_COMPONENTS.some((known) => known === component)
  );
}
