import type { LogEntry } from '@openclaw/core';
import { LineBatch } from './line-batch.js';
import { prettyLine } from './pretty.js';

/** Nobody sees that it is later. */
const BATCH_MS = 20;

export interface ConsoleSettings {
  /** `pretty` for people, `json` for collectors. */
  format: 'pretty' | 'json';
  /** Colours in `pretty`; by default where the stream is a terminal that has them. */
  colour: boolean | undefined;
}

/** Lines on a stream that is somebody else's. It may go away (EPIPE), which is told once; it does not come back. */
export class ConsoleLines {
  private readonly batch: LineBatch;
  private gone = false;
  /** A process that ends all of a sudden has said everything: standard output is written to at once. */
  private readonly onExit = () => this.batch.close();

  constructor(
    private readonly stream: NodeJS.WritableStream,
    { format, colour = hasColours(stream) }: ConsoleSettings,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.batch = new LineBatch({
      delayMs: BATCH_MS,
      line: format === 'json' ? JSON.stringify : (entry) => prettyLine(entry, colour),
      write: (lines) => {
        if (!this.gone) this.stream.write(lines);
      },
      onFailure,
    });
    stream.on('error', this.onError);
    process.on('exit', this.onExit);
  }

  write(entry: LogEntry): void {
    if (!this.gone) this.batch.add(entry);
  }

  close(): void {
    this.batch.close();
    this.gone = true;
    this.stream.off('error', this.onError);
    process.off('exit', this.onExit);
  }

  private readonly onError = (error: unknown) => {
    this.gone = true;
    this.onFailure(error);
  };
}

/** Asks the terminal, which knows NO_COLOR and FORCE_COLOR. */
function hasColours(stream: NodeJS.WritableStream): boolean {
  return 'hasColors' in stream && typeof stream.hasColors === 'function' && stream.hasColors() === true;
}
