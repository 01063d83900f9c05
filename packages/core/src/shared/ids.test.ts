import { expect, it } from '@jest/globals';
import { newId, randomChars } from './ids.js';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

it('begins with the time, so that ids sort by it', () => {
  const before = Date.now();
  const id = newId('msg');
  expect(id).toMatch(/^msg_[0-9a-hjkmnp-tv-z]{26}$/);
  const time = [...id.slice(4, 14)].reduce((sum, char) => sum * 32 + ALPHABET.indexOf(char), 0);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
});

it.each([1, 2, 7, 40])('makes %i random characters, never the same again', (count) => {
  const texts = Array.from({ length: 1_000 }, () => randomChars(count));
  for (const text of texts) expect(text).toMatch(new RegExp(`^[${ALPHABET}]{${count}}$`));
  if (count > 6) expect(new Set(texts).size).toBe(texts.length);
});

it('uses every character', () => {
  expect(new Set(randomChars(2_000)).size).toBe(ALPHABET.length);
});
