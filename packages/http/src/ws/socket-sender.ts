import type { Socket } from 'node:net';
import type { SocketFrame } from '@openclaw/contracts';
import { WebSocket } from 'ws';
import { CLOSE, type SocketSettings } from './socket-settings.js';

/** What goes out on one socket, bounded; what is said in one go leaves in one piece. */
export class SocketSender {
  private corked = false;
  private linger: NodeJS.Timeout | undefined;

  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Socket,
    private readonly settings: SocketSettings,
  ) {}

  get open(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }

  send(frame: SocketFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** A frame that has been put together already. */
  sendText(text: string): void {
    if (!this.open) return;
    // Looked at before, so that one long answer is no offence: what waits is at most the limit and one frame.
    if (this.ws.bufferedAmount > this.settings.maxBufferedBytes) return this.close(CLOSE.slow, 'reading too slowly');
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    this.ws.send(text);
  }

  ping(): void {
    if (this.open) this.ws.ping();
  }

  /** Says goodbye; a client that does not answer is cut off. */
  close(code: number, reason: string): void {
    if (!this.open) return;
    this.ws.close(code, reason);
    const { slowLingerMs, lingerMs } = this.settings;
    this.linger = setTimeout(() => this.ws.terminate(), code === CLOSE.slow ? slowLingerMs : lingerMs);
  }

  /** The connection is gone. */
  ended(): void {
    clearTimeout(this.linger);
  }

  cutOff(): void {
    this.ws.terminate();
  }
}
