import type { Candidate } from '@openclaw/core';

/** Of what `array_send` writes: before the first number, and for each with its length. */
const ARRAY_HEAD = 20;
const ARRAY_STEP = 8;
/** Of a candidate's fixed part, in bytes: as `memory_candidates` writes it. */
const HEAD = 36;
/** PostgreSQL's times begin with the year 2000, and are in µs. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** The terms of an entry as they lie beside it: four bytes each, the highest first. */
export function packTerms(terms: number[]): Buffer {
  const packed = Buffer.allocUnsafe(terms.length * 4);
  terms.forEach((term, at) => packed.writeInt32BE(term, at * 4));
  return packed;
}

/**
 * Candidates as `memory_candidates` gives them, each once, with a bit for each of `asked` (at most 32) that it has; those with none are left
 * out. One block: thousands of rows and columns cost more by themselves.
 */
export function unpackCandidates(pack: Buffer, asked: number[]): Candidate[] {
  const candidates = new Map<number, Candidate>();
  const bits = new Bits(asked);
  const [streamOf, authorOf] = [repeatedTexts(pack), repeatedTexts(pack)];
  for (let at = 0; at < pack.length;) {
    const no = pack.readUInt32BE(at) * 2 ** 32 + pack.readUInt32BE(at + 4);
    const streamEnd = at + HEAD + pack.readInt32BE(at + 24);
    const authorEnd = streamEnd + pack.readInt32BE(at + 28);
    const bytes = pack.readInt32BE(at + 32);
    const end = authorEnd + Math.abs(bytes);
    const mask = candidates.has(no)
      ? 0
      : bytes < 0
        ? bits.of(pack, authorEnd + ARRAY_HEAD + 4, end, ARRAY_STEP)
        : bits.of(pack, authorEnd, end, 4);
    if (mask !== 0) {
      const micros = pack.readInt32BE(at + 8) * 2 ** 32 + pack.readUInt32BE(at + 12);
      candidates.set(no, {
        no: String(no),
        createdAt: new Date(EPOCH_MS + micros / 1_000),
        position: pack.readInt32BE(at + 16),
        length: pack.readInt32BE(at + 20),
        mask,
        stream: streamOf(at + HEAD, streamEnd),
        author: streamEnd === authorEnd ? undefined : authorOf(streamEnd, authorEnd),
      });
    }
    at = end;
  }
  return [...candidates.values()];
}

/** Reads texts, most of which are the one before: that is one string then, not hundreds to make, to hash and to collect. */
function repeatedTexts(pack: Buffer): (from: number, to: number) => string {
  let [text, start, end] = ['', 0, 0];
  return (from, to) => {
    if (to - from !== end - start || pack.compare(pack, start, end, from, to) !== 0) {
      text = pack.toString('utf8', from, to);
      [start, end] = [from, to];
    }
    return text;
  };
}

const SLOTS = 256;

/** A table of the asked terms: tens of thousands of terms are looked up in it for one search. Terms are hashes, and so need no other. */
class Bits {
  private readonly terms = new Int32Array(SLOTS);
  private readonly bits = new Int32Array(SLOTS);

  constructor(asked: number[]) {
    asked.forEach((term, bit) => {
      let slot = term & (SLOTS - 1);
      while (this.bits[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      this.terms[slot] = term;
      this.bits[slot] = 1 << bit;
    });
  }

  of(pack: Buffer, from: number, to: number, step: number): number {
    let mask = 0;
    for (let at = from; at < to; at += step) {
      const term = pack.readInt32BE(at);
      for (let slot = term & (SLOTS - 1); this.bits[slot] !== 0; slot = (slot + 1) & (SLOTS - 1))
        if (this.terms[slot] === term) mask |= this.bits[slot] ?? 0;
    }
    return mask;
  }
}
