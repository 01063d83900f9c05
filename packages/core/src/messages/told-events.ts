import type { Logger } from '../shared/logger.js';
import { Unavailable } from '../shared/errors.js';
import type { TurnRelay } from './turn-relay.js';
import type { TurnRef } from './turn.js';

/** What is said is told in parts: one in so many ms at most, or when so many texts have come together. */
const PART_MS = 50;
const MOST_TEXTS = 256;

/** Tells what one run of a turn says to those who follow it elsewhere; nothing, and at no cost, until `begin`. */
export class ToldEvents {
  private telling = false;
  private pending: string[] = [];
  private at = 0;
  private toldRun = false;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly relay: Pick<TurnRelay, 'tell'>,
    private readonly ref: TurnRef,
    private readonly run: number,
    private readonly logger: Logger,
  ) {}

  /** `said`: everything so far. */
  begin(said: string): void {
    if (this.telling) return;
    this.telling = true;
    if (said !== '') this.pending.push(said);
    this.write();
  }

  add(text: string): void {
    if (!this.telling) return;
    this.pending.push(text);
    if (this.pending.length >= MOST_TEXTS) this.write();
    else this.timer ??= setTimeout(() => this.write(), PART_MS);
  }

  /** Resolves when all is told, or can't be now; the stored answer has it then. */
  async end(): Promise<void> {
    if (!this.telling) return;
    this.write();
    await this.writing;
    this.telling = false;
    clearTimeout(this.timer);
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.tell());
  }

  private async tell(): Promise<void> {
    const texts = this.pending;
    if (texts.length === 0 && this.toldRun) return;
    this.pending = [];
    try {
      await this.relay.tell(this.ref, { run: this.run, at: this.at, texts });
      this.toldRun = true;
      for (const text of texts) this.at += text.length;
    } catch (error) {
      this.pending = [...texts, ...this.pending];
      if (!(error instanceof Unavailable)) this.logger.warn('what a turn says could not be told', { error });
      if (this.telling) this.timer ??= setTimeout(() => this.write(), PART_MS * 10);
    }
  }
}
