import type { Candidate } from '@openclaw/core';

/** Of a candidate's fixed part, in bytes: as `memory_candidate` writes it. */
const HEAD = 36;
/** PostgreSQL's times begin with the year 2000, and are in µs. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** Candidates as `find_memory` gives them, each once with all of its bits: thousands of rows and columns cost more by themselves than one block. */
export function unpackCandidates(pack: Buffer): Candidate[] {
  const candidates = new Map<number, Candidate>();
  for (let at = 0; at < pack.length;) {
    const no = pack.readUInt32BE(at) * 2 ** 32 + pack.readUInt32BE(at + 4);
    const mask = pack.readInt32BE(at + 24);
    const streamEnd = at + HEAD + pack.readInt32BE(at + 28);
    const authorEnd = streamEnd + pack.readInt32BE(at + 32);
    const known = candidates.get(no);
    if (known) known.mask |= mask;
    else {
      const micros = pack.readInt32BE(at + 8) * 2 ** 32 + pack.readUInt32BE(at + 12);
      candidates.set(no, {
        no: String(no),
        createdAt: new Date(EPOCH_MS + micros / 1_000),
        position: pack.readInt32BE(at + 16),
        length: pack.readInt32BE(at + 20),
        mask,
        stream: pack.toString('utf8', at + HEAD, streamEnd),
        author: streamEnd === authorEnd ? undefined : pack.toString('utf8', streamEnd, authorEnd),
      });
    }
    at = authorEnd;
  }
  return [...candidates.values()];
}
