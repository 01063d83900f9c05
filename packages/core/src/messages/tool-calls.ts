import type { ToolCallDelta } from './agent-runner.js';
import type { ToolCall } from './prompt.js';

/** Puts the pieces of tool calls together. */
export class ToolCalls {
  private readonly byIndex = new Map<number, ToolCall>();
  /** Of all arguments so far, in UTF-16 code units. */
  length = 0;

  add({ index, id, name, arguments: piece }: ToolCallDelta): void {
    this.length += piece.length;
    const call = this.byIndex.get(index);
    if (!call) {
      this.byIndex.set(index, { id: id ?? '', name: name ?? '', arguments: piece });
      return;
    }
    call.id ||= id ?? '';
    call.name ||= name ?? '';
    call.arguments += piece;
  }

  /** In the order of their indexes. */
  list(): ToolCall[] {
    return [...this.byIndex].sort(([a], [b]) => a - b).map(([, call]) => call);
  }

  get size(): number {
    return this.byIndex.size;
  }
}
