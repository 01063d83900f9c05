import { randomFillSync } from 'node:crypto';

/** Crockford's base32 in lower case: no i, l, o, u, so that an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

const pool = Buffer.allocUnsafe(RANDOM_CHARS * 256);
let used = pool.length;

/**
 * A new id: prefix, then 48 bits of milliseconds and 80 random bits in 26 characters, so that ids sort by time
 * and can't be guessed.
 */
export function newId(prefix: 'msg' | 'conv' | 'session' | 'req' | 'run' | 'evt' | 'whk'): string {
  let time = Date.now();
  let head = '';
  for (let i = 0; i < TIME_CHARS; i++) {
    head = ALPHABET.charAt(time % 32) + head;
    time = Math.floor(time / 32);
  }
  return `${prefix}_${head}${randomChars(RANDOM_CHARS)}`;
}

/** `count` characters of 5 random bits each. */
export function randomChars(count: number): string {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (let i = 0; i < count; i++) text += ALPHABET.charAt((pool[used++] ?? 0) & 31);
  return text;
}
