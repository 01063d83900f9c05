import { ChannelRejected, ChannelUnavailable } from './channel-errors.js';
import {
  type ChannelEdits,
  type ChannelHost,
  ChannelPort,
  type ChannelReply,
  type ChannelRequest,
  type IncomingMessage,
} from './channel-port.js';
import { splitMarkdown } from './split-markdown.js';

interface Taken {
  chatId: string;
  messageId: string;
  text: string;
}

/** A channel whose platform is this object: it remembers what it took, and breaks when it is told to. */
export class InMemoryChannel extends ChannelPort {
  readonly taken: Taken[] = [];
  readonly typed: string[] = [];
  declare readonly edits?: ChannelEdits;
  /** Thrown by the next calls of `send`, one by one; undefined lets one through. */
  readonly faults: (Error | undefined)[] = [];
  /** Where set, each `send` waits for it. */
  held: Promise<void> | undefined;
  away = false;
  closed = false;
  private host: ChannelHost | undefined;
  private updates = 0;

  constructor(
    /** No part is longer, in UTF-16 code units. */
    override readonly longestPart = 1_000,
    editable = false,
  ) {
    super();
    if (editable) this.edits = { intervalMs: 100, edit: async (_chatId, id, part) => this.edit(id, part) };
  }

  get connected(): boolean {
    return this.host !== undefined;
  }

  async connect(host: ChannelHost, signal: AbortSignal): Promise<void> {
    this.host = host;
    host.changed({ status: 'connecting' });
    if (!this.away) host.changed({ status: 'connected' });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.host = undefined;
  }

  split(text: string): string[] {
    return splitMarkdown(text, this.longestPart);
  }

  async send(chatId: string, part: string, signal: AbortSignal): Promise<{ messageId: string }> {
    signal.throwIfAborted();
    await this.held;
    const fault = this.faults.shift();
    if (fault) throw fault;
    if (this.away) throw new ChannelUnavailable('The platform is away');
    if (chatId === 'unknown') throw new ChannelRejected('Bad Request: chat not found');
    const messageId = `p${this.taken.length + 1}`;
    this.taken.push({ chatId, messageId, text: part });
    return { messageId };
  }

  async typing(chatId: string): Promise<void> {
    this.typed.push(chatId);
  }

  /** Takes messages as JSON from who sends `x-secret: open`. */
  override async receive(request: ChannelRequest, host: Pick<ChannelHost, 'accept'>): Promise<ChannelReply> {
    if (request.headers['x-secret'] !== 'open') return { status: 401, body: 'who are you?' };
    const { text } = JSON.parse(request.body.toString()) as { text: string };
    await host.accept(this.message({ text }));
    return { status: 200, headers: { 'X-Path': request.path }, body: 'ok' };
  }

  async check(): Promise<void> {
    if (this.away) throw new ChannelUnavailable('The platform is away');
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Somebody writes; the update that is delivered, perhaps again. */
  async write(message: Partial<IncomingMessage>): Promise<IncomingMessage> {
    const whole = this.message(message);
    await this.host?.accept(whole);
    return whole;
  }

  setAway(away: boolean): void {
    this.away = away;
    this.host?.changed(away ? { status: 'disconnected', error: 'The platform is away' } : { status: 'connected' });
  }

  private edit(id: string, part: string): void {
    const message = this.taken.find(({ messageId }) => messageId === id);
    if (!message) throw new ChannelRejected('message to edit not found');
    message.text = part;
  }

  private message(message: Partial<IncomingMessage>): IncomingMessage {
    return {
      ...{ updateId: `u${++this.updates}`, chatId: 'c1', kind: 'direct', addressed: true, attachments: [] },
      ...{ from: { id: 'ada', name: 'Ada' }, text: 'hello', sentAt: new Date() },
      ...message,
    };
  }
}
