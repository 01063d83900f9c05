import { randomUUID } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChannelHost,
  ChannelPort,
  ChannelRejected,
  type ChannelReply,
  type ChannelRequest,
  type ChannelSetup,
  ChannelUnavailable,
  DomainError,
  splitMarkdown,
  Unavailable,
} from '@openclaw/core';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { readMessage, WrongBody } from './incoming-body.js';
import { Signer } from './signature.js';

const LONGEST_PART = 16_000;
/** So much of an answer is read. */
const ANSWER_BYTES = 64 * 1024;
const SHOWN_CHARS = 300;
const PROBE_MS = 3_000;
const PROBE_PATIENCE_MS = 3_000;
/** The receiver is asked again later, though it said no: that is its set-up, and no fault of the message. */
const PASSING = new Set([401, 403, 407, 408, 421, 425, 429]);

interface Settings {
  url: URL;
  secret: string;
  timeoutMs: number;
  /** Between looks at whether the receiver is there, in ms. */
  probeMs: number;
}

/** A chat of the operator's own: signed HTTP in and out. See docs/guides/webhook-channel.md for what goes over the wire. */
export class WebhookChannel extends ChannelPort {
  override readonly longestPart = LONGEST_PART;
  private readonly agent: Agent;
  private readonly signer: Signer;

  constructor(private readonly settings: Settings) {
    super();
    this.signer = new Signer(settings.secret);
    const { timeoutMs } = settings;
    this.agent = new Agent({
      connect: { timeout: Math.min(timeoutMs, 10_000) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** There is no connection to hold: looks from time to time whether the receiver can be reached. */
  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    host.changed({ status: 'connecting' });
    let before: string | undefined;
    while (!signal.aborted) {
      const problem = await this.probe(signal);
      if (signal.aborted) return;
      if (problem !== before || before === undefined)
        host.changed(problem === '' ? { status: 'connected' } : { status: 'disconnected', error: problem });
      before = problem;
      await sleep(this.settings.probeMs, undefined, { signal }).catch(() => undefined);
    }
  }

  split(text: string): string[] {
    return splitMarkdown(text, LONGEST_PART);
  }

  async send(chatId: string, text: string, signal: AbortSignal, key?: string): Promise<{ messageId: string }> {
    const id = key ?? randomUUID();
    const answer = await this.post(id, { type: 'message', id, chatId, text }, signal);
    const messageId = messageIdIn(answer);
    return { messageId: messageId ?? id };
  }

  async typing(): Promise<void> {
    // The receiver is told of messages alone.
  }

  override async receive(
    { method, path, headers, body }: ChannelRequest,
    host: Pick<ChannelHost, 'accept'>,
  ): Promise<ChannelReply> {
    if (path !== '/') return answered(404, 'There is nothing here');
    if (method !== 'POST') return { ...answered(405, 'Only POST is understood'), headers: { Allow: 'POST' } };
    const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
      String(headers[name] ?? ''),
    ) as [string, string, string];
    const refusal = this.signer.refusal(id, timestamp, signature, body);
    if (refusal !== undefined) return answered(401, refusal);
    if (!/^[\x21-\x7e]{1,200}$/.test(id)) return answered(400, 'webhook-id must be 1 to 200 ASCII characters');
    try {
      await host.accept(readMessage(id, body));
      return { status: 202, headers: JSON_TYPE, body: JSON.stringify({ accepted: true, id }) };
    } catch (error) {
      if (error instanceof WrongBody) return answered(400, error.message);
      if (!(error instanceof Unavailable)) throw error;
      const reply = answered(503, error.message);
      return { ...reply, headers: { ...reply.headers, 'Retry-After': String(error.retryAfterSeconds) } };
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    const problem = await this.probe(signal);
    signal.throwIfAborted();
    if (problem !== '') throw new ChannelUnavailable(problem);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async post(id: string, message: object, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const body = JSON.stringify(message);
    const seconds = Math.floor(Date.now() / 1_000);
    try {
      const answer = await request(this.settings.url, {
        method: 'POST',
        dispatcher: this.agent,
        signal,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'OpenClaw-Gateway',
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': this.signer.sign(id, seconds, body),
        },
        body,
      });
      const text = await beginningOf(answer.body);
      if (answer.statusCode >= 200 && answer.statusCode < 300) return text;
      throw refusalOf(answer, text);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DomainError) throw error;
      const silent = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
      const why = silent ? 'did not answer in time' : `can not be reached: ${codeOf(error)}`;
      throw new ChannelUnavailable(`The receiver ${why}`, { cause: error });
    }
  }

  /** Empty when a connection could be opened; else why not. */
  private probe(signal: AbortSignal): Promise<string> {
    const { hostname, port, protocol } = this.settings.url;
    return new Promise((resolve) => {
      const socket = connectTcp({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
        timeout: PROBE_PATIENCE_MS,
      });
      const end = (problem: string) => {
        signal.removeEventListener('abort', stop);
        socket.destroy();
        resolve(problem);
      };
      const stop = () => end('');
      signal.addEventListener('abort', stop, { once: true });
      socket.once('connect', () => end(''));
      socket.once('timeout', () => end('The receiver can not be reached: no answer'));
      socket.once('error', (error) => end(`The receiver can not be reached: ${codeOf(error)}`));
    });
  }
}

/** `channels.webhook`; `probeMs` is for tests. Throws an `Error` that says which setting is wrong. */
export function createChannel({ name, settings }: ChannelSetup): ChannelPort {
  const { url, secret, timeoutMs = 15_000, probeMs = PROBE_MS } = settings;
  const target = typeof url === 'string' ? URL.parse(url) : null;
  if (!target || !/^https?:$/.test(target.protocol)) throw new Error(`channels.${name}.url must be an http(s) URL`);
  if (typeof secret !== 'string' || secret.length < 16)
    throw new Error(`channels.${name}.secret must be a text of at least 16 characters`);
  if (typeof timeoutMs !== 'number' || typeof probeMs !== 'number')
    throw new Error(`channels.${name}.timeoutMs must be a number of milliseconds`);
  return new WebhookChannel({ url: target, secret, timeoutMs, probeMs });
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };

function answered(status: number, message: string): ChannelReply {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ error: message }) };
}

function refusalOf({ statusCode, headers }: Dispatcher.ResponseData, text: string): DomainError {
  const words = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, SHOWN_CHARS)
    .toWellFormed();
  const said = `The receiver answered ${statusCode}${words === '' ? '' : `: ${words}`}`;
  if (statusCode >= 400 && statusCode < 500 && !PASSING.has(statusCode)) return new ChannelRejected(said);
  const retryAfterMs = retryAfter(headers['retry-after']);
  return new ChannelUnavailable(said, retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** Seconds or a date, as HTTP has it; in ms. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop closes the connection: nobody sends that much by mistake.
    if (size > ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

/** `{"messageId": "…"}`, where the receiver has ids of its own. */
function messageIdIn(answer: string): string | undefined {
  try {
    const json: unknown = JSON.parse(answer);
    const id = typeof json === 'object' && json !== null && 'messageId' in json ? json.messageId : undefined;
    return typeof id === 'string' && id !== '' && id.length <= 200 ? id : undefined;
  } catch {
    // It need not say anything, nor in JSON.
    return undefined;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
