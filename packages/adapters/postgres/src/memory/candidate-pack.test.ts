import { expect, it } from '@jest/globals';
import { packTerms, unpackCandidates } from './candidate-pack.js';

/** As `memory_candidates` writes it. */
function card(no: number, stream: string, author: string, terms: number[]): Buffer {
  const packed = packTerms(terms);
  const head = Buffer.alloc(36);
  head.writeUInt32BE(no, 4);
  head.writeInt32BE(no * 10, 16);
  head.writeInt32BE(terms.length, 20);
  [stream, author].forEach((text, at) => head.writeInt32BE(Buffer.byteLength(text), 24 + at * 4));
  head.writeInt32BE(packed.length, 32);
  return Buffer.concat([head, Buffer.from(stream), Buffer.from(author), packed]);
}

it('gives each candidate its own stream and author, whichever stood before it', () => {
  const pack = Buffer.concat([
    card(1, 'c:a', 'Ann', [7, -3]),
    card(2, 'c:a', 'Ann', [7]),
    card(3, 'c:b', '', [-3]),
    card(4, 'c:bä', 'Bob', [7]),
    card(5, 'c:a', 'Bob', [8]),
    card(1, 'c:a', 'Ann', [7]),
    card(6, 'c:a', 'Ann', [7]),
  ]);
  const found = unpackCandidates(pack, [7, -3]);
  expect(found.map(({ no, stream, author, mask }) => [no, stream, author, mask])).toEqual([
    ['1', 'c:a', 'Ann', 3],
    ['2', 'c:a', 'Ann', 1],
    ['3', 'c:b', undefined, 2],
    ['4', 'c:bä', 'Bob', 1],
    ['6', 'c:a', 'Ann', 1],
  ]);
  expect(found.map(({ position, length }) => [position, length])[1]).toEqual([20, 1]);
});
