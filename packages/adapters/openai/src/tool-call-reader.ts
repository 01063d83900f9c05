import type { ToolCallDelta } from '@openclaw/core';

/** The members read here; each may be missing, or anything, in what comes over the wire. */
export type WireToolCall = {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
} | null;

/** Reads the pieces of one answer's tool calls. Some servers leave out the index: a piece with an id of its own begins a call then. */
export class ToolCallReader {
  private last = -1;
  private lastId = '';

  *read(pieces: WireToolCall[]): Generator<ToolCallDelta> {
    if (!Array.isArray(pieces)) return;
    for (const piece of pieces) {
      if (typeof piece !== 'object' || piece === null) continue;
      const id = text(piece.id);
      const name = text(piece.function?.name);
      const index = this.indexOf(piece.index, id);
      this.last = index;
      if (id !== undefined) this.lastId = id;
      const args = piece.function?.arguments;
      yield {
        type: 'tool-call',
        index,
        ...(id !== undefined && { id }),
        ...(name !== undefined && { name }),
        // Some servers send the arguments as the object that they stand for.
        arguments: typeof args === 'string' ? args : args ? JSON.stringify(args) : '',
      };
    }
  }

  private indexOf(given: unknown, id: string | undefined): number {
    if (typeof given === 'number' && Number.isInteger(given) && given >= 0) return given;
    if (id !== undefined && id !== this.lastId) return this.last + 1;
    return Math.max(this.last, 0);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
