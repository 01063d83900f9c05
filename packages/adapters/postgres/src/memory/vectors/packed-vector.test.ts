import { describe, expect, it } from '@jest/globals';
import { cosine, unitVector } from '@openclaw/core';
import { packedCosine, packVector, unpackVector } from './packed-vector.js';

/** The same ones each time. */
function* figures(): Generator<number, never> {
  for (let seed = 1; ;) {
    seed = (seed * 48_271) % 2_147_483_647;
    yield seed / 2_147_483_647 - 0.5;
  }
}

const source = figures();
const aVector = (length: number) => unitVector(Array.from({ length }, () => source.next().value)) ?? new Float32Array();

describe('a packed vector', () => {
  it.each([1, 2, 3, 4, 5, 256, 1_536])('of %i figures has nearly the same cosines, in a byte a figure', (length) => {
    for (let round = 0; round < 20; round++) {
      const [one, other] = [aVector(length), aVector(length)];
      const packed = packVector(other);
      expect(packed).toHaveLength(4 + length);
      expect(Math.abs((packedCosine(one, packed) ?? 9) - cosine(one, other))).toBeLessThan(0.01);
      expect(packedCosine(unpackVector(packed), packed)).toBeCloseTo(1, 5);
    }
  });

  it('is compared where it lies in a larger buffer, at any place', () => {
    const [one, other] = [aVector(7), aVector(7)];
    const packed = packVector(other);
    const within = Buffer.concat([Buffer.from([1, 2, 3]), packed]).subarray(3);
    expect(packedCosine(one, within)).toBe(packedCosine(one, packed));
  });

  it('is not compared with one of another length', () => {
    expect(packedCosine(aVector(3), packVector(aVector(4)))).toBeUndefined();
  });
});
