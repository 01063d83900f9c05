import { createHash } from 'node:crypto';

/** Two facts of the same key say the same: case, blanks and the signs at the end do not count. */
export function factKey(content: string): string {
  const plain = content
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .replace(/[\s\p{P}]+$/u, '')
    .trim();
  return createHash('sha256').update(plain).digest('base64url').slice(0, 22);
}
