import type { OpenAiErrorBody } from '@openclaw/contracts';
import { type CompletionEvent, DomainError, type Logger } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import { EventStream } from '../sse/event-stream.js';
import { openAiError } from './openai-error.js';

/** How an answer's events are spelled as frames. */
export interface CompletionDialect {
  /** The frames before all others. */
  begin(): string;
  event(event: CompletionEvent): string;
  /** The last frames of a stream that failed. */
  failure(body: OpenAiErrorBody): string;
}

/**
 * How long a stream waits for the model's first word before it begins without: a provider that refuses at once is told by the status, as
 * OpenAI's clients want it, and nobody sits before a silent connection.
 */
const PATIENCE_MS = 1_000;

/** Streams an answer. What goes wrong before the stream has begun is thrown, for an ordinary error answer; after it, it is told in the stream. */
export async function streamCompletion(
  call: ApiCall,
  events: AsyncIterable<CompletionEvent>,
  dialect: CompletionDialect,
  logger: Logger,
): Promise<void> {
  let stream: EventStream | undefined;
  const begin = (frames: string) => {
    clearTimeout(timer);
    if (!call.left) stream = new EventStream(call.res, call.settings.heartbeatMs, frames);
  };
  const timer = setTimeout(() => begin(dialect.begin()), PATIENCE_MS);
  try {
    for await (const event of events) {
      const opening = stream ? '' : dialect.begin();
      const frames = opening + dialect.event(event);
      if (stream) stream.send(frames);
      else begin(frames);
      if (event.type === 'finished') stream?.end('');
    }
  } catch (error) {
    if (call.left) return;
    if (!stream) throw error;
    if (!(error instanceof DomainError))
      logger.error('stream failed', { error, request_id: call.id, path: call.req.path });
    stream.end(dialect.failure(openAiError(error, call.id).body));
  } finally {
    clearTimeout(timer);
  }
}
