import { TurnCompanions } from '../messages/run-accepted-turns.js';
import type { ClaimedTurn } from '../messages/turn-store.js';
import type { TurnCompanion } from '../messages/turn.js';
import type { DeliverSends } from '../sends/deliver-sends.js';
import { DomainError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { ChannelDirectory, OpenChannel } from './channel-directory.js';
import type { ChannelEdits } from './channel-port.js';
import type { DraftStore } from './draft-store.js';

const TYPING_MS = 4_000;
const CALL_MS = 10_000;

/** Shows in the chat that an answer is being made, and the answer as it grows; has it delivered once it is stored. */
export class AccompanyTurns extends TurnCompanions {
  constructor(
    private readonly channels: ChannelDirectory,
    private readonly drafts: DraftStore,
    private readonly delivery: Pick<DeliverSends, 'look'>,
    private readonly logger: Logger,
  ) {
    super();
  }

  async of(turn: ClaimedTurn): Promise<TurnCompanion | undefined> {
    const { replyTo } = turn.request;
    const open = replyTo && this.channels.get(replyTo.channel, turn.ref.tenant);
    if (!open) return undefined;
    const companion = new Companion(turn, open, replyTo.chatId, this.drafts, this.logger);
    companion.begin();
    return companion;
  }

  after(turn: ClaimedTurn): void {
    if (turn.request.replyTo) this.delivery.look();
  }
}

class Companion implements TurnCompanion {
  readonly reads: boolean;
  private readonly timers: NodeJS.Timeout[] = [];
  private said = '';
  private shown = '';
  private working: Promise<void> | undefined;
  private readonly ending = new AbortController();
  /** What can't be shown is not shown: the answer comes all the same. */
  private mute = false;

  constructor(
    private readonly turn: ClaimedTurn,
    private readonly open: OpenChannel,
    private readonly chatId: string,
    private readonly drafts: DraftStore,
    private readonly logger: Logger,
  ) {
    this.reads = open.port.edits !== undefined && open.rules.streaming;
  }

  begin(): void {
    const { edits } = this.open.port;
    this.type();
    this.timers.push(setInterval(() => this.type(), TYPING_MS));
    if (edits && this.reads) this.timers.push(setInterval(() => this.show(edits), Math.max(edits.intervalMs, 100)));
  }

  told(text: string): void {
    this.said += text;
  }

  async end(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.ending.abort();
    await this.working;
  }

  private type(): void {
    const signal = AbortSignal.any([AbortSignal.timeout(CALL_MS), this.ending.signal]);
    this.open.port.typing(this.chatId, signal).catch((error: unknown) => this.complain('could not show typing', error));
  }

  private show(edits: ChannelEdits): void {
    if (this.working || this.mute || this.said.trim() === '') return;
    this.working = this.showMore(edits)
      .catch((error: unknown) => {
        this.mute = true;
        this.complain('could not show an answer as it grows', error);
      })
      .finally(() => {
        this.working = undefined;
      });
  }

  /** A message that is on its way is not broken off: its id would be lost. */
  private async showMore(edits: ChannelEdits): Promise<void> {
    const { port, channel } = this.open;
    const { ref } = this.turn;
    const [part = ''] = port.split(this.said);
    if (part === this.shown) return;
    const signal = AbortSignal.timeout(CALL_MS);
    const draft = await this.drafts.find(ref);
    if (draft !== undefined) await edits.edit(this.chatId, draft, part, signal);
    else {
      if (await this.drafts.busy(ref.tenant, channel, this.chatId)) return;
      const { messageId } = await port.send(this.chatId, part, signal);
      await this.drafts.keep(ref, messageId);
    }
    this.shown = part;
  }

  private complain(what: string, error: unknown): void {
    if (this.ending.signal.aborted) return;
    const reason = error instanceof DomainError ? error.message : String(error);
    this.logger.debug(what, { channel: this.open.channel, turn: this.turn.ref.id, reason });
  }
}
