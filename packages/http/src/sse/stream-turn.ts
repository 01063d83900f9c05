import {
  DomainError,
  type FailureRecord,
  type FollowedEvent,
  type Logger,
  type TextTurnEvent,
  type TurnEvent,
  type TurnPlace,
  toFailureRecord,
} from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import { type DialectLetter, eventIdPrefix } from './event-id.js';
import { EventStream } from './event-stream.js';

/** How a dialect spells a turn's events as frames. */
export interface StreamDialect {
  /** In the ids of its events. */
  letter: DialectLetter;
  /** Empty for an event that this dialect does not tell. */
  event(event: TextTurnEvent): string;
  /** What was said so far is void. */
  restarted(): string;
  /** The last frames of a stream that failed. */
  failure(failure: FailureRecord): string;
}

const RESUMED = ': resumed\n\n';

/** To be called before anything was written. */
export function markReplayed(call: ApiCall): void {
  call.header('Idempotent-Replayed', 'true');
}

/**
 * Streams a turn. What goes wrong before its first event is thrown, for an ordinary error answer; after it, it is told in the
 * stream. The events are read to their end whatever becomes of the client, so that the turn is put away. `from`: where a stream goes on
 * that broke off before; it may have nothing more to tell, which is a 204.
 */
export async function streamTurn(
  call: ApiCall,
  turn: AsyncIterable<TurnEvent | FollowedEvent>,
  dialect: StreamDialect,
  logger: Logger,
  from?: TurnPlace & { turnId: string },
): Promise<void> {
  let stream: EventStream | undefined;
  const ids = new EventIds(dialect.letter, from);
  try {
    for await (const event of turn) {
      if (event.type === 'tool-call') continue;
      const frames = event.type === 'resumed' ? RESUMED : marked(event, dialect, ids);
      if (event.type === 'completed') stream?.end(frames);
      else if (stream) stream.send(frames);
      else if (!call.left) {
        if (event.type === 'started' && event.replayed) markReplayed(call);
        call.header('X-OpenClaw-Message-Id', ids.turnId);
        stream = new EventStream(call.res, call.settings.heartbeatMs, frames);
      }
    }
    if (!stream && !call.left) nothingMore(call);
  } catch (error) {
    if (call.left) return;
    if (!stream) throw error;
    if (!(error instanceof DomainError))
      logger.error('stream failed', { error, request_id: call.id, path: call.req.path });
    stream.end(ids.failure(dialect.failure(toFailureRecord(error))));
  }
}

type ToldEvent = TextTurnEvent | Exclude<FollowedEvent, { type: 'resumed' }>;

function marked(event: ToldEvent, dialect: StreamDialect, ids: EventIds): string {
  if (event.type !== 'delta' || !event.pieces) return ids.mark(event, framesOf(event, dialect));
  let frames = '';
  for (const text of event.pieces) {
    const delta = { type: 'delta', text } as const;
    frames += ids.mark(delta, dialect.event(delta));
  }
  return frames;
}

function framesOf(event: ToldEvent, dialect: StreamDialect): string {
  return event.type === 'restarted' ? dialect.restarted() : dialect.event(event);
}

/** Tells clients that reconnect by themselves that they need not. */
function nothingMore({ res }: ApiCall): void {
  res.statusCode = 204;
  res.end();
}

/** Puts an id before the frames of each event. */
class EventIds {
  turnId: string;
  private position: number;
  /** How many skill events this stream's reader has been told. */
  private skillEvents: number;
  private prefix: string;

  constructor(
    private readonly letter: DialectLetter,
    from: (TurnPlace & { turnId: string }) | undefined,
  ) {
    this.turnId = from?.turnId ?? '';
    this.position = from?.position ?? 0;
    this.skillEvents = from?.skillEvents ?? 0;
    this.prefix = `id: ${eventIdPrefix(this.turnId, letter, from?.run ?? 1)}`;
  }

  mark(event: ToldEvent, frames: string): string {
    if (event.type === 'delta') this.position += event.text.length;
    else if (event.type === 'completed') this.position++;
    else if (event.type === 'started' || event.type === 'restarted')
      this.begin(event.type === 'started' ? event.turnId : this.turnId, event.run ?? 1);
    if (frames === '') return '';
    if (event.type === 'skill-call' || event.type === 'skill-result') this.skillEvents++;
    return this.idLine() + frames;
  }

  /** Who goes on after a failure finds the turn's own again, and more of the turn if it was none of the turn's. */
  failure(frames: string): string {
    return this.idLine() + frames;
  }

  private idLine(): string {
    const skills = this.skillEvents > 0 ? `.${this.skillEvents}` : '';
    return `${this.prefix}${this.position}${skills}\n`;
  }

  private begin(turnId: string, run: number): void {
    this.turnId = turnId;
    this.position = 0;
    this.skillEvents = 0;
    this.prefix = `id: ${eventIdPrefix(turnId, this.letter, run)}`;
  }
}
