import { DomainError, type FailureRecord, type Logger, type TurnEvent, toFailureRecord } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import { EventStream } from './event-stream.js';

/** How a dialect spells a turn's events as frames. */
export interface StreamDialect {
  /** Empty for an event that this dialect does not tell. */
  event(event: TurnEvent): string;
  /** The last frames of a stream that failed. */
  failure(failure: FailureRecord): string;
}

/**
 * Streams a turn. What goes wrong before its first event is thrown, for an ordinary error answer; after it, it is told in the
 * stream. The events are read to their end whatever becomes of the client, so that the turn is put away.
 */
export async function streamTurn(
  call: ApiCall,
  turn: AsyncIterable<TurnEvent>,
  dialect: StreamDialect,
  logger: Logger,
): Promise<void> {
  let stream: EventStream | undefined;
  try {
    for await (const event of turn) {
      const frames = dialect.event(event);
      if (event.type === 'completed') stream?.end(frames);
      else if (stream) stream.send(frames);
      else if (!call.left) stream = new EventStream(call.res, call.settings.heartbeatMs, frames);
    }
  } catch (error) {
    if (call.left) return;
    if (!stream) throw error;
    if (!(error instanceof DomainError))
      logger.error('stream failed', { error, request_id: call.id, path: call.req.path });
    stream.end(dialect.failure(toFailureRecord(error)));
  }
}
