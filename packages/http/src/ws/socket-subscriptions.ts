import { type DomainEvent, type EventName, EVENT_NAMES, InvalidInput, isEventName } from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import { eventFrame } from './socket-frames.js';
import type { SocketSender } from './socket-sender.js';

/** One event goes to many sockets as the same text. */
const texts = new WeakMap<DomainEvent, string>();

/** What one socket wants to be told of. */
export class SocketSubscriptions {
  private readonly names = new Set<EventName>();
  private stop: (() => void) | undefined;
  private ended = false;

  constructor(
    private readonly feed: HttpDeps['events'],
    private readonly sender: SocketSender,
  ) {}

  /** From when this resolves on, all events of these names are told. Throws `InvalidInput` for names that nobody knows. */
  async add(events: unknown[], tenant: string): Promise<string[]> {
    const names = namesOf(events);
    if (!this.stop && names.length > 0) {
      const stop = await this.feed.listen(tenant, (event) => this.tell(event));
      // The socket may have been closed meanwhile.
      if (this.ended) stop();
      else this.stop = stop;
    }
    for (const name of names) this.names.add(name);
    return [...this.names];
  }

  remove(events: unknown[]): string[] {
    for (const name of namesOf(events)) this.names.delete(name);
    if (this.names.size === 0) this.pause();
    return [...this.names];
  }

  end(): void {
    this.ended = true;
    this.names.clear();
    this.pause();
  }

  /** The token does not allow it any more. */
  revoke(): void {
    this.names.clear();
    this.pause();
  }

  private pause(): void {
    this.stop?.();
    this.stop = undefined;
  }

  private tell(event: DomainEvent): void {
    if (!this.names.has(event.name)) return;
    let text = texts.get(event);
    if (text === undefined) texts.set(event, (text = JSON.stringify(eventFrame(event))));
    this.sender.sendText(text);
  }
}

function namesOf(events: unknown[]): EventName[] {
  return events.map((name) => {
    if (typeof name === 'string' && isEventName(name)) return name;
    const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 64)) : typeof name;
    const message = `events: ${shown} is no event; there are ${EVENT_NAMES.join(', ')}`;
    throw new InvalidInput(message, { details: { errors: [{ field: 'events', message }], available: EVENT_NAMES } });
  });
}
