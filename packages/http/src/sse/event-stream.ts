import type { Response } from 'express';
import { giveUpUnread } from '../api-call.js';

/** Who reads so slowly that this much is waiting for them is cut off: nobody else is held up, and memory stays bounded. */
const MOST_BUFFERED = 1024 * 1024;
const HEARTBEAT = ': heartbeat\n\n';
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** One server-sent event. */
export function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** A response that goes on: writes frames as they come, those that come together in one piece. */
export class EventStream {
  private pending = '';
  private scheduled = false;
  private readonly heartbeat: NodeJS.Timeout;

  /** The status line, the headers and `first` leave at once, before whatever else the model has said in the same moment is looked at. */
  constructor(
    private readonly res: Response,
    heartbeatMs: number,
    first: string,
  ) {
    res.writeHead(200, HEADERS);
    if (first === '') res.flushHeaders();
    else res.write(first);
    // Node holds the first bytes back until the next tick.
    res.socket?.uncork();
    this.heartbeat = setInterval(() => this.send(HEARTBEAT), heartbeatMs);
    const { metrics } = res.locals.call;
    metrics.streams(1);
    res.once('close', () => {
      clearInterval(this.heartbeat);
      metrics.streams(-1);
    });
  }

  send(frames: string): void {
    this.pending += frames;
    if (this.scheduled) return;
    this.scheduled = true;
    // Runs when everything that one chunk of the model's answer set off has been said.
    process.nextTick(() => this.flush());
  }

  end(frames: string): void {
    clearInterval(this.heartbeat);
    const last = this.pending + frames;
    this.pending = '';
    if (this.res.destroyed || this.res.writableEnded) return;
    this.res.end(last);
    giveUpUnread(this.res);
  }

  private flush(): void {
    this.scheduled = false;
    const frames = this.pending;
    this.pending = '';
    if (frames === '' || this.res.destroyed || this.res.writableEnded) return;
    this.res.write(frames);
    if (this.res.writableLength > MOST_BUFFERED) this.res.destroy();
  }
}
