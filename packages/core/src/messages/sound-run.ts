import type { Usage } from '../conversations/conversation.js';
import { type RunEvent, piecesOf } from './agent-runner.js';

const LONGEST_MODEL_NAME = 200;
const LONGEST_FINISH_REASON = 64;
const MOST_TOKENS = 2 ** 31 - 1;

/**
 * Makes what a model says fit to be stored and sent, event by event: no NUL (PostgreSQL's text has none), no half of a surrogate
 * pair (a pair that two deltas share is put together), no figures that are no counts.
 */
export class SoundRun {
  /** The first half of a pair, until its second half comes. */
  private half = '';

  /** The event to pass on in place of this one, mostly itself; or several; or none. */
  next(event: RunEvent): RunEvent | RunEvent[] {
    if (event.type === 'finished') {
      const finish = soundFinish(event);
      return this.half === '' ? finish : [delta(this.half.toWellFormed()), finish];
    }
    // What a tool's arguments hold is the caller's own affair: nothing of it is stored, and JSON carries everything.
    if (event.type === 'tool-call') return event;
    const sound = event.pieces ? event.pieces.every(isSound) : isSound(event.text);
    if (this.half === '' && sound) return event;
    return piecesOf(event).flatMap((piece) => this.repaired(piece));
  }

  private repaired(piece: string): RunEvent[] {
    let text = this.half + piece;
    this.half = '';
    if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
      this.half = text.slice(-1);
      text = text.slice(0, -1);
    }
    text = withoutNul(text).toWellFormed();
    return text === '' ? [] : [delta(text)];
  }
}

type Finish = Extract<RunEvent, { type: 'finished' }>;

function soundFinish({ model, usage, finishReason }: Finish): Finish {
  return {
    type: 'finished',
    model: withoutNul(model.slice(0, LONGEST_MODEL_NAME)).toWellFormed(),
    ...(usage && isCount(usage) && { usage }),
    ...(finishReason !== undefined && { finishReason: finishReason.slice(0, LONGEST_FINISH_REASON) }),
  };
}

function isCount({ inputTokens, outputTokens }: Usage): boolean {
  return isAmount(inputTokens) && isAmount(outputTokens);
}

function isAmount(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= MOST_TOKENS;
}

function delta(text: string): RunEvent {
  return { type: 'delta', text };
}

function isSound(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
