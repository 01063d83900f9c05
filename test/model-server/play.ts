import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviour.ts';
import { type ModelRequest, lastMessage } from './model-request.ts';
import type { Spoken, Wire } from './wire.ts';

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** Answers one request as told. */
export async function play(
  behaviour: Behaviour,
  wire: Wire,
  request: ModelRequest,
  response: ServerResponse,
): Promise<void> {
  if (behaviour.hold && behaviour.holdAfter === undefined) await behaviour.hold.pass(request);
  if (behaviour.stall === 'headers') return;
  if (behaviour.status !== undefined || behaviour.body !== undefined) {
    sendBody(response, behaviour.status ?? 200, behaviour.body ?? '', behaviour.headers);
    return;
  }
  const spoken = speak(behaviour, request);
  if (!request.body?.stream) {
    sendBody(response, 200, wire.whole(spoken), behaviour.headers);
    return;
  }
  response.writeHead(200, { ...EVENT_STREAM, ...behaviour.headers });
  const writer = new StreamWriter(response, request, behaviour);
  if (behaviour.raw) {
    for (const piece of behaviour.raw) await writer.alone(piece);
    if (behaviour.stall === undefined) response.end();
    return;
  }
  for (const frame of wire.opening(spoken)) writer.add(frame);
  for (const [said, chunk] of spoken.chunks.entries()) {
    if (await interrupted(said, behaviour, wire, request, writer)) return;
    if (behaviour.delayMs !== undefined) {
      await writer.flush();
      await sleep(behaviour.delayMs);
      if (response.destroyed) return;
    }
    writer.add(wire.delta(spoken, chunk));
    if (behaviour.separately) await writer.flush();
  }
  if (await interrupted(spoken.chunks.length, behaviour, wire, request, writer)) return;
  for (const [no, call] of spoken.calls.entries()) {
    for (const frame of wire.call(spoken, call, no)) {
      writer.add(frame);
      if (behaviour.separately) await writer.flush();
    }
  }
  if (behaviour.flood) {
    const endless = behaviour.flood === 'line' ? 'x'.repeat(65_536) : wire.delta(spoken, 'flood ').repeat(200);
    if (behaviour.flood === 'line') await writer.alone('data: {"flood":"');
    while (!response.destroyed) await writer.alone(endless);
    return;
  }
  for (const frame of wire.ending(spoken)) writer.add(frame);
  await writer.flush();
  response.end();
}

/** Sends a whole body at once. */
export function sendBody(
  response: ServerResponse,
  status: number,
  body: string | object,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

function speak(behaviour: Behaviour, request: ModelRequest): Spoken {
  const calls = (behaviour.toolCalls ?? []).map(({ id, name, arguments: pieces }) => ({
    id,
    name,
    pieces: [pieces].flat(),
  }));
  const chunks = behaviour.chunks ?? (calls.length > 0 ? [] : `echo: ${lastMessage(request.body)}`.split(/(?<= )/));
  const inputTokens = (request.body?.messages ?? []).length;
  return {
    request,
    chunks,
    calls,
    usage: behaviour.usage ?? { inputTokens, outputTokens: chunks.length },
    finishReason: behaviour.finishReason,
  };
}

/** What the script wants to happen once that many chunks are said. True: that was all. */
async function interrupted(
  said: number,
  behaviour: Behaviour,
  wire: Wire,
  request: ModelRequest,
  writer: StreamWriter,
): Promise<boolean> {
  if (behaviour.hold && behaviour.holdAfter === said) {
    await writer.flush();
    await behaviour.hold.pass(request);
  }
  if (behaviour.stall === said) {
    await writer.flush();
    return true;
  }
  if (behaviour.error?.after === said) {
    writer.add(wire.error(behaviour.error.body));
    await writer.flush();
    writer.response.end();
    return true;
  }
  if (behaviour.cut?.after === said) {
    await writer.flush();
    if (behaviour.cut.how === 'destroy') writer.response.socket?.resetAndDestroy();
    else writer.response.end();
    return true;
  }
  return false;
}

/** Collects frames and sends them in one write, or in the odd portions a behaviour asks for. */
class StreamWriter {
  readonly response: ServerResponse;
  private readonly request: ModelRequest;
  private readonly behaviour: Behaviour;
  private pending = '';

  constructor(response: ServerResponse, request: ModelRequest, behaviour: Behaviour) {
    this.response = response;
    this.request = request;
    this.behaviour = behaviour;
  }

  add(frame: string): void {
    this.pending += frame;
  }

  /** Resolves when what was added has left for the network. */
  async flush(): Promise<void> {
    const { lineEnd, splitEvery, delayMs, separately } = this.behaviour;
    const text = lineEnd ? this.pending.replaceAll('\n', lineEnd) : this.pending;
    this.pending = '';
    if (splitEvery !== undefined) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += splitEvery) await this.alone(bytes.subarray(at, at + splitEvery));
    } else if (delayMs !== undefined || separately) {
      await this.alone(text);
    } else {
      this.response.write(text);
    }
  }

  /** One write, awaited until the kernel has it, so that the next one travels by itself. */
  async alone(piece: string | Uint8Array): Promise<void> {
    if (this.response.destroyed || piece.length === 0) return;
    const written = new Promise<void>((resolve) => this.response.write(piece, () => setImmediate(resolve)));
    await Promise.race([written, this.request.closed]);
    if (this.response.writableNeedDrain) await Promise.race([once(this.response, 'drain'), this.request.closed]);
  }
}
