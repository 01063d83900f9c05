import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { SEGMENT_ENTRIES } from '@openclaw/core';
import type { EntryRow } from './memory-rows.js';

export interface Block {
  block: Buffer;
  checksum: Buffer;
}

/** Entries with every word, as one compressed block; in the order of their places. */
export function packBlock(rows: EntryRow[]): Block {
  const plain = Buffer.from(JSON.stringify(rows.toSorted((a, b) => a.position - b.position)), 'utf8');
  return { block: zstdCompressSync(plain), checksum: checksumOf(plain) };
}

/** Throws where a block is not what was packed. */
export function unpackBlock({ block, checksum }: Block): EntryRow[] {
  const plain = zstdDecompressSync(block);
  if (!checksumOf(plain).equals(checksum))
    throw new Error('a segment of the memory is damaged: its checksum is another');
  return (JSON.parse(plain.toString('utf8')) as (Omit<EntryRow, 'created_at'> & { created_at: string })[]).map(
    (row) => ({
      ...row,
      created_at: new Date(row.created_at),
    }),
  );
}

export function segmentStart(position: number): number {
  return position - (position % SEGMENT_ENTRIES);
}

function checksumOf(plain: Buffer): Buffer {
  return createHash('sha256').update(plain).digest();
}
