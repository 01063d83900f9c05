import { matchesLogQuery, type LogComponent, type LogEntry, type LogLevel } from '@openclaw/core';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { listLogFiles, parseLogLine } from './log-files.js';

const POLL_MS = 200;
const CHUNK = 64 * 1024;

export interface TailSettings {
  /** Goes on with what is written later, across rotations, until `signal` is aborted. */
  follow?: boolean;
  /** This level and the more severe ones. */
  level?: LogLevel;
  component?: LogComponent;
  /** How many of the lines that are there already come first; 50. */
  lines?: number;
  signal?: AbortSignal;
}

/**
 * Reads the log files of a folder, whether or not a gateway is writing them: the newest `lines` that match, the newest last,
 * then with `follow` each new one. Ends without an error when aborted; a folder that is not there has no lines (yet).
 */
export async function* tailLogFile(
  dir: string,
  settings: TailSettings = {},
): AsyncGenerator<LogEntry, void, undefined> {
  const { follow = false, lines = 50, signal } = settings;
  const files = listLogFiles(dir);
  const newest = files.at(-1);
  // The newest file is read once and then gone on with from there, so that no line falls in between.
  let position: Position | undefined = newest ? { file: newest, offset: 0, rest: Buffer.alloc(0) } : undefined;
  let first = position ? matching(await advance(position), settings, lines) : [];
  for (const file of files.slice(0, -1).reverse()) {
    if (first.length >= lines || signal?.aborted) break;
    const older = matching(await advance({ file, offset: 0, rest: Buffer.alloc(0) }), settings, lines - first.length);
    first = [...older, ...first];
  }
  yield* first;

  while (follow && !signal?.aborted) {
    // Listed before reading: what is written to this file while there is no newer one will be seen the next time round.
    const next = fileAfter(listLogFiles(dir), position?.file);
    if (position) yield* matching(await advance(position), settings);
    if (next) position = { file: next, offset: 0, rest: Buffer.alloc(0) };
    // Polled, because watching misses changes on network folders and loses a folder that is removed and made anew.
    else await delay(POLL_MS, undefined, { signal }).catch(ignoreAbort);
  }
}

interface Position {
  file: string;
  offset: number;
  /** The bytes of a line that has not ended yet. */
  rest: Buffer;
}

/** The entries written since the last time, moving the position; a file cut short is read from its start again. */
async function advance(position: Position): Promise<LogEntry[]> {
  let handle: FileHandle;
  try {
    handle = await open(position.file, 'r');
  } catch {
    // Removed by the rotation, or for now not ours to read.
    return [];
  }
  try {
    const { size } = await handle.stat();
    if (size < position.offset) Object.assign(position, { offset: 0, rest: Buffer.alloc(0) });
    const entries: LogEntry[] = [];
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, position.offset);
      if (bytesRead === 0) return entries;
      position.offset += bytesRead;
      const bytes = Buffer.concat([position.rest, chunk.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      position.rest = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n')) {
        const entry = parseLogLine(line);
        if (entry) entries.push(entry);
      }
    }
  } finally {
    await handle.close();
  }
}

function matching(entries: LogEntry[], query: TailSettings, lines?: number): LogEntry[] {
  const found = entries.filter((entry) => matchesLogQuery(entry, { level: query.level, component: query.component }));
  if (lines === undefined) return found;
  return lines > 0 ? found.slice(-lines) : [];
}

function fileAfter(files: string[], current: string | undefined): string | undefined {
  if (current === undefined) return files[0];
  const index = files.indexOf(current);
  // The current one may be gone: then whatever is newest is next, unless there is nothing at all.
  return index === -1 ? files.at(-1) : files[index + 1];
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
