import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from './error-code.js';
import { ensurePrivateFile } from './private-file.js';
import type { Environment } from './substitute.js';

const PREFIX = 'enc:v1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The stored secrets cannot be opened with this key. */
export class WrongSecretKey extends Error {
  constructor(path: string, keySource: string, options?: ErrorOptions) {
    super(
      `The stored setting ${path} was encrypted with another key than the one in ${keySource}, or was moved or altered. ` +
        'Bring back the key that was in use, or set the value anew.',
      options,
    );
    this.name = 'WrongSecretKey';
  }
}

/** Encrypts secrets with AES-256-GCM. Each is bound to its path: it cannot be put to use at another one. */
export class SecretBox {
  constructor(
    private readonly key: Buffer,
    /** In words, for errors. */
    private readonly keySource: string,
  ) {}

  static isSealed(text: string): boolean {
    return text.startsWith(PREFIX);
  }

  /** `enc:v1:<base64 of iv, tag and ciphertext>`. */
  seal(path: string, secret: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(path));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws `WrongSecretKey`. */
  open(path: string, text: string): string {
    const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(path))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new WrongSecretKey(path, this.keySource, { cause: error });
    }
  }
}

/** The box with the key from OPENCLAW_SECRET_KEY, else from `<home>/secret.key`, which is made when there is none. */
export async function openSecretBox(home: string, environment: Environment): Promise<SecretBox> {
  const given = environment['OPENCLAW_SECRET_KEY'];
  if (given) return new SecretBox(await keyFrom(given.trim()), 'OPENCLAW_SECRET_KEY');
  const file = secretKeyFile(home);
  const { content } = await ensurePrivateFile(file, () => randomBytes(KEY_BYTES).toString('base64'));
  return new SecretBox(await keyFrom(content), file);
}

export function secretKeyFile(home: string): string {
  return join(home, 'secret.key');
}

export interface SecretKey {
  /** Tells keys apart, and says nothing else of them. */
  mark: string;
  /** What is in `<home>/secret.key`; undefined where the key comes from the environment. */
  content?: string;
}

/** The key that {@link openSecretBox} would use, without making one: undefined where there is none. */
export async function readSecretKey(home: string, environment: Environment): Promise<SecretKey | undefined> {
  const given = environment['OPENCLAW_SECRET_KEY'];
  if (given) return { mark: await markOf(given) };
  try {
    const content = await readFile(secretKeyFile(home), 'utf8');
    return { mark: await markOf(content), content };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function markOf(text: string): Promise<string> {
  return createHash('sha256')
    .update('openclaw.key-mark.v1 ')
    .update(await keyFrom(text.trim()))
    .digest('hex')
    .slice(0, 16);
}

/** Opens the box when it is first asked for; one that could not be opened is tried again. */
export function secretBoxOpener(home: string, environment: Environment): () => Promise<SecretBox> {
  let box: Promise<SecretBox> | undefined;
  return () => {
    box ??= openSecretBox(home, environment).catch((error: unknown) => {
      box = undefined;
      throw error;
    });
    return box;
  };
}

/** Replicas derive the same key from the same passphrase, so there is no place for a salt of their own. */
async function keyFrom(text: string): Promise<Buffer> {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  const derive = promisify<string, string, number, object, Buffer>(scrypt);
  return derive(text, 'openclaw.settings.v1', KEY_BYTES, { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });
}
