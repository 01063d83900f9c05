import type { SocketMessageRequest, SocketReference } from '@openclaw/contracts';
import {
  CANCELLED,
  Conflict,
  DomainError,
  type Logger,
  newId,
  piecesOf,
  type Principal,
  RecordedFailure,
  toFailureRecord,
  Unavailable,
  withRequestId,
} from '@openclaw/core';
import type { HttpDeps } from '../http-deps.js';
import { errorFrame, responseFrame, socketCommand, tokenFrame } from './socket-frames.js';
import type { SocketSender } from './socket-sender.js';

interface RunningMessage {
  reference: SocketReference | undefined;
  /** Known once the message is stored. */
  turnId: string | undefined;
  cancelled: boolean;
  aborter: AbortController;
}

/** The messages of one socket that are under way: many at once, those of one conversation in the order in which they came. */
export class SocketMessages {
  private readonly running = new Set<RunningMessage>();
  /** Settles when the newest message of that conversation has got its place in it. */
  private readonly placed = new Map<string, Promise<void>>();
  private handled = 0;

  constructor(
    private readonly deps: Pick<HttpDeps, 'sendMessage' | 'cancelTurn'>,
    private readonly sender: SocketSender,
    private readonly logger: Logger,
    private readonly maxRunning: number,
    private readonly onIdle: () => void,
  ) {}

  get size(): number {
    return this.running.size;
  }

  /** How many there have been. */
  get count(): number {
    return this.handled;
  }

  /** Answers it in time. Throws `Unavailable` when too many are under way, `Conflict` for an id that one of them has. */
  start(request: SocketMessageRequest, principal: Principal): void {
    const { id: reference } = request;
    if (this.running.size >= this.maxRunning) {
      throw new Unavailable(`This socket has ${this.maxRunning} messages under way; wait for an answer`);
    }
    if (reference !== undefined && this.find(reference)) {
      throw new Conflict(`A message with the id ${JSON.stringify(reference)} is under way on this socket`);
    }
    const message = { reference, turnId: undefined, cancelled: false, aborter: new AbortController() };
    this.running.add(message);
    this.handled++;
    withRequestId(newId('req'), () => void this.answer(message, request, principal));
  }

  /** Stops a message of this socket, by either of its ids, or a turn that runs elsewhere. Throws `NotFound`, or `Conflict` when it has ended. */
  async cancel(reference: SocketReference, tenant: string): Promise<void> {
    const message = this.find(reference);
    if (message && message.turnId === undefined) {
      message.cancelled = true;
      message.aborter.abort();
    } else {
      await this.deps.cancelTurn.execute(tenant, message?.turnId ?? String(reference));
    }
  }

  /** The socket is gone. */
  abort(): void {
    for (const { aborter } of this.running) aborter.abort();
  }

  private find(reference: SocketReference): RunningMessage | undefined {
    for (const message of this.running) {
      if (message.reference === reference || message.turnId === reference) return message;
    }
    return undefined;
  }

  private async answer(message: RunningMessage, request: SocketMessageRequest, principal: Principal): Promise<void> {
    const startedAt = performance.now();
    const { promise: placed, resolve: takesPlace } = Promise.withResolvers<void>();
    const conversationId = request.conversation_id;
    const before = conversationId === undefined ? undefined : this.placed.get(conversationId);
    if (conversationId !== undefined) this.placed.set(conversationId, placed);
    let status = 'completed';
    try {
      await before;
      await this.tell(message, request, principal.tenant, takesPlace);
    } catch (error) {
      const told = message.cancelled ? new RecordedFailure(CANCELLED, { cause: error }) : error;
      const left = message.aborter.signal.aborted && !message.cancelled;
      if (!left && !(told instanceof DomainError)) this.logger.error('socket message failed', { error });
      this.sender.send(errorFrame(told, message.reference ?? message.turnId));
      status = left ? 'client_left' : toFailureRecord(told).code;
    } finally {
      takesPlace();
      if (conversationId !== undefined && this.placed.get(conversationId) === placed) {
        this.placed.delete(conversationId);
      }
      this.running.delete(message);
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      this.logger.info('socket message', {
        status,
        ms,
        turn: message.turnId,
        token_name: principal.name,
        tenant: principal.tenant,
      });
      if (this.running.size === 0) this.onIdle();
    }
  }

  private async tell(
    message: RunningMessage,
    request: SocketMessageRequest,
    tenant: string,
    takesPlace: () => void,
  ): Promise<void> {
    const { signal } = message.aborter;
    signal.throwIfAborted();
    let conversationId = '';
    let id: SocketReference = message.reference ?? '';
    // Read to its end whatever becomes of the client, so that the turn is put away.
    const events = this.deps.sendMessage.execute(socketCommand(request, tenant), signal, { whole: !request.stream });
    for await (const event of events) {
      if (event.type === 'started') {
        ({ conversationId } = event);
        message.turnId = event.turnId;
        id = message.reference ?? event.turnId;
        takesPlace();
      } else if (event.type === 'delta') {
        if (!request.stream) continue;
        for (const text of piecesOf(event)) this.sender.send(tokenFrame(text, conversationId, id));
      } else if (event.type === 'completed') {
        this.sender.send(responseFrame(event.answer, id));
      }
    }
  }
}
