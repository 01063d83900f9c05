import { randomFillSync } from 'node:crypto';

/** Crockford's base32 in lower case: no i, l, o, u, so that an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** Of ten bits, each as the two characters that it is. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => ALPHABET.charAt(bits >> 5) + ALPHABET.charAt(bits & 31));

const pool = Buffer.allocUnsafe(RANDOM_CHARS * 256);
let used = pool.length;
let headTime = -1;
let head = '';

/**
 * A new id: prefix, then 48 bits of milliseconds and 80 random bits in 26 characters, so that ids sort by time
 * and can't be guessed.
 */
export function newId(prefix: 'msg' | 'conv' | 'session' | 'req' | 'run' | 'evt' | 'whk'): string {
  const now = Date.now();
  if (now !== headTime) {
    headTime = now;
    head = timeChars(now);
  }
  return `${prefix}_${head}${randomChars(RANDOM_CHARS)}`;
}

function timeChars(time: number): string {
  let chars = '';
  for (let rest = time, i = 0; i < TIME_CHARS; i += 2) {
    chars = PAIRS[rest % 1024] + chars;
    rest = Math.floor(rest / 1024);
  }
  return chars;
}

/** `count` characters of 5 random bits each. */
export function randomChars(count: number): string {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (let i = 1; i < count; i += 2) text += PAIRS[(bits() << 5) | bits()];
  return count % 2 === 0 ? text : text + ALPHABET.charAt(bits());
}

/** The next five. */
function bits(): number {
  return (pool[used++] ?? 0) & 31;
}
