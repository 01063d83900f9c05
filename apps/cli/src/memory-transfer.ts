import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BadRequestError, type MemoryItem, type NewMemory, type OpenClawClient, RateLimitError } from '@openclaw/sdk';
import { CommandFailed } from './command-failed.js';
import type { Context } from './context.js';

const PAGE = 1_000;
const BATCH_ENTRIES = 200;
/** The gateway takes 1 MB; what goes around the texts has to fit as well. */
const BATCH_BYTES = 400_000;
const RATE_PAUSE_MS = 2_000;

/** Page by page: however much there is, little of it is in memory. */
export async function exportMemory(client: OpenClawClient, context: Context): Promise<void> {
  let progress: ReturnType<typeof context.terminal.progress> | undefined;
  let written = 0;
  let cursor: string | undefined;
  try {
    do {
      const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const page = await patiently(() => client.memory.list(query));
      progress ??= context.terminal.progress('exported', page.total);
      for (const entry of page.entries) context.terminal.json(entry);
      written += page.entries.length;
      progress.at(written, written);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  } finally {
    progress?.end();
  }
}

/** Line by line, in batches; gives how many. What was sent before something went wrong stays; the message says how far it came. */
export async function importMemory(client: OpenClawClient, file: string, context: Context): Promise<number> {
  const path = resolve(context.workingFolder, file);
  const bytes = file === '-' ? undefined : (await stat(path).catch(() => unreadable(path))).size;
  const input = file === '-' ? Readable.from(context.stdin) : createReadStream(path);
  const progress = context.terminal.progress('imported', bytes);
  let line = 0;
  let imported = 0;
  let read = 0;
  let batch: NewMemory[] = [];
  /** Where each of the batch stands in the file. */
  let lines: number[] = [];
  let size = 0;
  const send = async () => {
    if (batch.length > 0)
      await patiently(() => client.memory.addMany(batch)).catch((error: unknown) => {
        throw ofLine(error, lines) ?? error;
      });
    imported += batch.length;
    batch = [];
    lines = [];
    size = 0;
    progress.at(imported, read);
  };
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line++;
      const length = Buffer.byteLength(text) + 1;
      if (text.trim() !== '') {
        if (batch.length === BATCH_ENTRIES || (size > 0 && size + length > BATCH_BYTES)) await send();
        batch.push(noteOf(text, line));
        lines.push(line);
        size += length;
      }
      read += length;
    }
    await send();
  } catch (error) {
    if (imported > 0) context.terminal.note(`${imported} entries were imported before that.`);
    throw error;
  } finally {
    progress.end();
  }
  return imported;
}

/** As `export` writes it, or with the members of POST /api/v1/memory. */
function noteOf(text: string, line: number): NewMemory {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandFailed(`Line ${line} is not JSON.`);
  }
  const {
    content,
    tags,
    created_at,
    createdAt = created_at,
    ...more
  } = (value ?? {}) as Partial<MemoryItem> & Record<string, unknown>;
  if (typeof content !== 'string') throw new CommandFailed(`Line ${line} has no text as "content".`);
  const session = more['session_id'] ?? more.conversation_id;
  return {
    content,
    ...(tags && { tags }),
    ...(typeof createdAt === 'string' && { createdAt }),
    ...(typeof session === 'string' && { sessionId: session }),
    ...(more.author !== undefined && { author: more.author }),
    ...(more.user_id !== undefined && { userId: more.user_id }),
    ...(more.metadata !== undefined && { metadata: more.metadata }),
  };
}

/** What is wrong with an entry, said of its line; undefined where the answer does not tell. */
function ofLine(error: unknown, lines: number[]): CommandFailed | undefined {
  if (!(error instanceof BadRequestError) || !Array.isArray(error.details['errors'])) return undefined;
  const [first] = error.details['errors'] as { field?: unknown; message?: unknown }[];
  const [, at] = /^entries\[(\d+)\]\./.exec(String(first?.field)) ?? [];
  const line = at === undefined ? undefined : lines[Number(at)];
  return line === undefined
    ? undefined
    : new CommandFailed(`Line ${line}: ${String(first?.message).replace(/^entries\[\d+\]\./, '')}`);
}

/** Waits where the gateway asks for it: a long file is more than a minute's worth of requests. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error;
      await sleep(error.retryAfterMs ?? RATE_PAUSE_MS);
    }
  }
}

function unreadable(path: string): never {
  throw new CommandFailed(`There is no file that can be read at ${path}.`);
}
