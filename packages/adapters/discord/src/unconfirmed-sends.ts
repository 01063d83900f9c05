import { createHash, randomBytes } from 'node:crypto';

/** Discord remembers nonces for "the past few minutes". In ms. */
const MEMORY_MS = 180_000;
const MOST = 1_000;

/**
 * The nonces of messages that Discord may have taken though its answer never came: the next attempt at the very same message bears the same one, and Discord
 * answers with the message that is there. A new nonce each time else, or a text could not be said twice.
 */
export class UnconfirmedSends {
  private readonly nonces = new Map<string, { nonce: string; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** At most 25 characters, as Discord wants it. Whoever takes it tells `keep` if the outcome stays unknown. */
  take(chatId: string, text: string): string {
    const key = keyOf(chatId, text);
    const kept = this.nonces.get(key);
    this.nonces.delete(key);
    return kept && kept.until > this.now() ? kept.nonce : randomBytes(12).toString('hex');
  }

  keep(chatId: string, text: string, nonce: string): void {
    const [oldest] = this.nonces.keys();
    if (this.nonces.size >= MOST && oldest !== undefined) this.nonces.delete(oldest);
    this.nonces.set(keyOf(chatId, text), { nonce, until: this.now() + MEMORY_MS });
  }
}

function keyOf(chatId: string, text: string): string {
  return createHash('sha256').update(`${chatId}\n${text}`).digest('base64');
}
