import { type Decoded, type DtoClass, ID_CHARS, decode, decodeQuery, describe } from '@openclaw/contracts';
import { type Caller, InvalidInput, type Metrics, type Principal } from '@openclaw/core';
import type { Request, Response } from 'express';
import { type JsonObject, parseJsonObject } from './body/parse-json.js';
import { hasBody, readBody } from './body/read-body.js';
import type { HttpSettings } from './http-deps.js';

declare module 'express-serve-static-core' {
  interface Locals {
    call: ApiCall;
  }
}

/** A response that nobody reads is given up after this long without progress, or at the second look, where the first saw some. */
const UNREAD_MS = 15_000;
const IGNORED_NAME_CHARS = 64;
const IGNORED_HEADER_CHARS = 1_000;
const ID_IN_PATH = new RegExp(`^[^\\p{Cc}]{1,${ID_CHARS}}$`, 'u');

/** One request and its response, from the first byte to the last. */
export class ApiCall implements Caller {
  readonly startedAt = performance.now();
  /** The pattern of the route that answers, once it is found. */
  route: string | undefined;
  /** Set by authorization; until then nobody has been let in. */
  principal: Principal | undefined;
  /** The call is of document D's own endpoints: errors carry `success: false`. */
  envelope = false;
  /** The call is of document A's own endpoints: a limit that is reached is a `rate_limit_exceeded`. */
  article = false;
  /** Names and values by turns, to be sent with the answer. */
  readonly headers: string[] = [];
  /** The client is gone; nothing can be told to it any more. */
  left = false;
  private aborter: AbortController | undefined;
  private stop: (() => void) | undefined;

  constructor(
    readonly req: Request,
    readonly res: Response,
    readonly id: string,
    /** The client's address, as far as trusted proxies tell it. */
    readonly address: string,
    readonly settings: HttpSettings,
    readonly metrics: Metrics,
  ) {}

  get tenant(): string {
    if (!this.principal) throw new Error('the call has not been authorized');
    return this.principal.tenant;
  }

  /** Aborted when the client goes away before it has its whole answer. */
  get signal(): AbortSignal {
    this.aborter ??= new AbortController();
    if (this.left) this.aborter.abort();
    return this.aborter.signal;
  }

  whenLeft(stop: () => void): void {
    if (this.left) stop();
    else this.stop = stop;
  }

  clientLeft(): void {
    this.left = true;
    this.aborter?.abort();
    this.stop?.();
  }

  /** Of the answer; to be told once for each name. */
  header(name: string, value: string): void {
    this.headers.push(name, value);
  }

  /** An id in the path. Throws `InvalidInput` for one that can't exist. */
  pathId(member = 'id'): string {
    const id = this.req.params[member];
    if (typeof id === 'string' && ID_IN_PATH.test(id)) return id;
    const wanted = `a string of 1 to ${ID_CHARS} characters without control characters`;
    throw InvalidInput.field(member, `${member} must be ${wanted}, got ${describe(id)}`);
  }

  async json(): Promise<JsonObject> {
    return parseJsonObject(await readBody(this.req, this.settings.maxBodyBytes));
  }

  /** The body as this DTO; members that nobody knows are named in a response header. Throws `InvalidInput` with every problem. */
  async body<T extends object>(Dto: DtoClass<T>): Promise<T> {
    return this.decode(Dto, await this.json());
  }

  /** The same where the body may be left out, and every member with it. */
  async optionalBody<T extends object>(Dto: DtoClass<T>): Promise<T> {
    return hasBody(this.req) ? this.body(Dto) : this.decode(Dto, {});
  }

  decode<T extends object>(Dto: DtoClass<T>, body: JsonObject): T {
    const decoded = decode(Dto, body);
    if (decoded.ignored.length > 0) this.header('X-OpenClaw-Ignored', headerList(decoded.ignored));
    return validOrThrow(decoded);
  }

  query<T extends object>(Dto: DtoClass<T>): T {
    return validOrThrow(decodeQuery(Dto, this.req.query));
  }

  reply(status: number, body: object): void {
    const { res } = this;
    res.statusCode = status;
    this.header('Content-Type', 'application/json; charset=utf-8');
    res.end(JSON.stringify(body));
    giveUpUnread(res);
  }
}

/** To be called with a response that has been ended. */
export function giveUpUnread(res: Response): void {
  if (res.writableLength > 0) res.setTimeout(UNREAD_MS);
}

/** Throws `InvalidInput` with every problem. */
export function validOrThrow<T>(decoded: Decoded<T>): T {
  if (decoded.problems.length === 0) return decoded.value;
  throw InvalidInput.fields(decoded.problems.map(({ field, message }) => ({ field, message: `${field} ${message}` })));
}

/** Names from the client, made safe for a header: everything but plain characters is percent-encoded, and it stays short. */
function headerList(names: string[]): string {
  let list = '';
  for (const name of names) {
    const encoded = encodeURIComponent(name.slice(0, IGNORED_NAME_CHARS).toWellFormed());
    if (list.length + encoded.length > IGNORED_HEADER_CHARS) return `${list},...`;
    list = list === '' ? encoded : `${list},${encoded}`;
  }
  return list;
}
