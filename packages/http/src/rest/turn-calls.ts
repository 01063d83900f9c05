import { MessageStreamQuery } from '@openclaw/contracts';
import { type Answer, InvalidInput, type SendMessageCommand } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { JsonObject } from '../body/parse-json.js';
import type { HttpDeps } from '../http-deps.js';
import { type EventPlace, parseEventId } from '../sse/event-id.js';
import { markReplayed, type StreamDialect, streamTurn } from '../sse/stream-turn.js';
import { chatStream } from './dialect-a.js';
import { messageStream } from './dialect-b.js';
import { sessionMessageStream } from './dialect-d.js';
import { detached, idempotency } from './turn-headers.js';

const DIALECTS = { a: chatStream, b: messageStream, d: sessionMessageStream };

/** What the calls of every dialect have in common that begin a turn or follow one: the headers, and how they are answered. */
export class TurnCalls {
  constructor(private readonly deps: Pick<HttpDeps, 'sendOnce' | 'followTurn' | 'logger'>) {}

  answer(call: ApiCall, body: JsonObject, command: SendMessageCommand, timeoutMs?: number): Promise<Answer> {
    return this.deps.sendOnce.answer(command, {
      ...optionsOf(call, body),
      ...(timeoutMs !== undefined && { timeoutMs }),
      onReplay: () => markReplayed(call),
    });
  }

  async stream(call: ApiCall, body: JsonObject, command: SendMessageCommand, dialect: StreamDialect): Promise<void> {
    await streamTurn(call, this.deps.sendOnce.execute(command, optionsOf(call, body)), dialect, this.deps.logger);
  }

  async accept(call: ApiCall, body: JsonObject, command: SendMessageCommand) {
    const { replayed, ...accepted } = await this.deps.sendOnce.accept(command, idempotency(call, body));
    if (replayed) markReplayed(call);
    return accepted;
  }

  /** A turn's events from where `Last-Event-ID` says, in the dialect of that id unless the query names another; 204 when there are none. */
  async resume(call: ApiCall): Promise<void> {
    const id = call.pathId();
    const { dialect: asked } = call.query(MessageStreamQuery);
    const after = lastEvent(call, id);
    const dialect = DIALECTS[asked ?? after?.dialect ?? 'b'];
    call.envelope = dialect === sessionMessageStream;
    const events = this.deps.followTurn.resume(call.tenant, id, after, call.signal);
    await streamTurn(
      call,
      events,
      dialect,
      this.deps.logger,
      after ?? { turnId: id, run: 1, position: 0, skillEvents: 0 },
    );
  }
}

function optionsOf(call: ApiCall, body: JsonObject) {
  return { signal: call.signal, key: idempotency(call, body), detached: detached(call) };
}

function lastEvent(call: ApiCall, turnId: string): EventPlace | undefined {
  const text = call.req.headers['last-event-id'];
  // Browsers send an empty one where a stream has named none yet.
  if (text === undefined || text === '') return undefined;
  const place = parseEventId(String(text));
  if (place?.turnId === turnId) return place;
  throw InvalidInput.field('Last-Event-ID', `Last-Event-ID must be the id of an event of message "${turnId}"`);
}
