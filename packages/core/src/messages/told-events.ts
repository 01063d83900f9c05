import type { Logger } from '../shared/logger.js';
import { Unavailable } from '../shared/errors.js';
import { endOf, type ToldItem } from './told-items.js';
import type { TurnRelay } from './turn-relay.js';
import type { TurnRef } from './turn.js';

/** It is told in parts: one in so many ms at most, or when so many items have come together. */
const PART_MS = 50;
const MOST_ITEMS = 256;

/** Tells what one run of a turn says and does to those who follow it elsewhere; nothing, and at no cost, until `begin`. */
export class ToldEvents {
  private telling = false;
  private pending: ToldItem[] = [];
  private at = 0;
  private skillEvents = 0;
  private toldRun = false;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly relay: Pick<TurnRelay, 'tell'>,
    private readonly ref: TurnRef,
    private readonly run: number,
    private readonly logger: Logger,
  ) {}

  /** `soFar`: everything up to now. */
  begin(soFar: ToldItem[]): void {
    if (this.telling) return;
    this.telling = true;
    this.pending.push(...soFar);
    this.write();
  }

  add(item: ToldItem): void {
    if (!this.telling) return;
    this.pending.push(item);
    if (this.pending.length >= MOST_ITEMS) this.write();
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
    const items = this.pending;
    if (items.length === 0 && this.toldRun) return;
    this.pending = [];
    try {
      const part = { run: this.run, at: this.at, skillEvents: this.skillEvents, items };
      await this.relay.tell(this.ref, part);
      this.toldRun = true;
      ({ position: this.at, skillEvents: this.skillEvents } = endOf(part));
    } catch (error) {
      this.pending = [...items, ...this.pending];
      if (!(error instanceof Unavailable)) this.logger.warn('what a turn says could not be told', { error });
      if (this.telling) this.timer ??= setTimeout(() => this.write(), PART_MS * 10);
    }
  }
}
