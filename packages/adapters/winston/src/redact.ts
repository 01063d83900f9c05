import type { LogFields } from '@openclaw/core';

export const REDACTED = '***REDACTED***';

/** Shorter ones would blot out ordinary words. */
const SHORTEST_SECRET = 6;
const MAX_TEXT = 8192;
const MAX_SEARCHED = 4 * MAX_TEXT;
/** Where the search stopped, so much is left out: it may be the first part of one. */
const LONGEST_SECRET = 4096;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
/** Names are few and come again with every line; what a caller makes up does not fill memory. */
const MOST_KNOWN_NAMES = 1000;

const SECRET_NAME = /(token|secret|password|passwd|passphrase|apikey|authorization|cookie|privatekey|credential)s?$/;
const OWN_TOKENS = /\boc_(tok|op)_[A-Za-z0-9_-]+/g;
const BEARER = /\b(bearer\s+)[^\s"',;]+/gi;
const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;
const QUERY_SECRET = /([?&][\w.-]*(?:token|secret|password|api_?key|authorization|cookie|signature)=)[^&\s#"']+/gi;
/** What each of the four patterns above begins with: most texts have none of it and are spared the four. */
const SUSPICIOUS = /oc_|bearer|:\/\/|[?&]/i;

export interface RedactorSettings {
  /** Names of further fields that are masked, compared without case and punctuation. */
  names?: readonly string[];
  /** Literal values that are masked wherever they occur; asked before each line, since they may change while running: another array then. */
  secrets?: () => readonly string[];
  /** Whether an error is rendered with its stack; asked for each error, since the level may change while running. */
  stacks?: () => boolean;
}

/** Makes anything a caller logs fit to be read by others: no secret, JSON only, bounded in size. Never throws. */
export class Redactor {
  private readonly names: Set<string>;
  private readonly added = new Set<string>();
  private readonly secretNames = new Map<string, boolean>();
  private known: readonly string[] = [];
  private given: readonly string[] | undefined;
  private addedSeen = 0;
  private literals: RegExp | undefined;
  /** Finds what may have to be masked, in one look. */
  private suspicious = SUSPICIOUS;

  constructor(private readonly settings: RedactorSettings = {}) {
    this.names = new Set((settings.names ?? []).map(plainName));
  }

  addSecret(value: string): void {
    this.added.add(value);
  }

  text(value: string): string {
    this.learnSecrets();
    // Masked before it is cut, or half a secret at the end would not be found; but nobody's megabytes are searched whole.
    const searched = value.length > MAX_SEARCHED ? value.slice(0, MAX_SEARCHED) : value;
    const text = this.suspicious.test(searched) ? this.masked(searched) : searched;
    const whole = searched === value;
    if (whole && text.length <= MAX_TEXT) return text;
    const end = whole ? MAX_TEXT : Math.min(MAX_TEXT, text.length - LONGEST_SECRET);
    return `${text.slice(0, Math.max(end, 0)).toWellFormed()}… (of ${value.length} characters)`;
  }

  private masked(text: string): string {
    const known = this.literals ? text.replace(this.literals, REDACTED) : text;
    return known
      .replace(OWN_TOKENS, REDACTED)
      .replace(BEARER, `$1${REDACTED}`)
      .replace(URL_PASSWORD, `$1${REDACTED}@`)
      .replace(QUERY_SECRET, `$1${REDACTED}`);
  }

  /** Of all these together; the last one of the same name counts. */
  fields(...sources: (LogFields | undefined)[]): LogFields {
    const shown: LogFields = {};
    for (const source of sources) if (source) this.show(source, shown, 0, []);
    return shown;
  }

  private value(value: unknown, depth: number, above: object[]): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return value;
    if (above.includes(value)) return '[circular]';
    if (depth >= MAX_DEPTH) return '[too deep]';
    above.push(value);
    try {
      return this.object(value, depth, above);
    } catch (error) {
      return `[unreadable: ${error instanceof Error ? error.name : 'error'}]`;
    } finally {
      above.pop();
    }
  }

  private object(value: object, depth: number, above: object[]): unknown {
    if (value instanceof Error) return this.error(value, depth, above);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof URL) return this.text(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return this.record(Object.fromEntries(value), depth + 1, above);
    if (Array.isArray(value) || value instanceof Set) {
      const items = [...value];
      const shown = items.slice(0, MAX_ITEMS).map((item: unknown) => this.value(item, depth + 1, above));
      return items.length > MAX_ITEMS ? [...shown, `[${items.length - MAX_ITEMS} more]`] : shown;
    }
    return this.record(value, depth + 1, above);
  }

  private record(record: object, depth: number, above: object[]): Record<string, unknown> {
    const shown: Record<string, unknown> = {};
    this.show(record, shown, depth, above);
    return shown;
  }

  private show(record: object, shown: Record<string, unknown>, depth: number, above: object[]): void {
    const names = Object.keys(record);
    for (let at = 0; at < names.length && at < MAX_ITEMS; at++) {
      const name = names[at] as keyof typeof record & string;
      const value: unknown = record[name];
      shown[name] = this.isSecretName(name) && !isHarmless(value) ? REDACTED : this.value(value, depth, above);
    }
    if (names.length > MAX_ITEMS) shown['…'] = `[${names.length - MAX_ITEMS} more]`;
  }

  private error(error: Error, depth: number, above: object[]): Record<string, unknown> {
    const shown: Record<string, unknown> = { name: String(error.name), message: this.text(String(error.message)) };
    if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')) shown.code = error.code;
    if (this.settings.stacks?.() && error.stack) shown.stack = this.text(error.stack);
    if (error.cause !== undefined) shown.cause = this.value(error.cause, depth + 1, above);
    if (error instanceof AggregateError) shown.errors = this.value(error.errors, depth + 1, above);
    return shown;
  }

  private isSecretName(name: string): boolean {
    const known = this.secretNames.get(name);
    if (known !== undefined) return known;
    const plain = plainName(name);
    const secret = SECRET_NAME.test(plain) || this.names.has(plain);
    if (this.secretNames.size < MOST_KNOWN_NAMES) this.secretNames.set(name, secret);
    return secret;
  }

  /** The patterns are made anew where there are other secrets than at the last look. */
  private learnSecrets(): void {
    const given = this.settings.secrets?.();
    // The same array has the same secrets in it.
    if (given === this.given && this.addedSeen === this.added.size) return;
    this.given = given;
    this.addedSeen = this.added.size;
    const current = [...this.added, ...(given ?? [])];
    if (current.length === this.known.length && current.every((value, index) => value === this.known[index])) return;
    this.known = current;
    const forms = current
      .filter((value) => value.length >= SHORTEST_SECRET)
      .flatMap((value) => [value, encodeURIComponent(value.toWellFormed()), JSON.stringify(value).slice(1, -1)]);
    // The longest first, so that a secret that begins with another one is masked whole.
    const pattern = [...new Set(forms)]
      .sort((a, b) => b.length - a.length)
      .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.literals = pattern.length > 0 ? new RegExp(pattern.join('|'), 'g') : undefined;
    this.suspicious = new RegExp([...pattern, SUSPICIOUS.source].join('|'), 'i');
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** A count of tokens, or whether there is a password, tells nobody anything. */
function isHarmless(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean';
}
