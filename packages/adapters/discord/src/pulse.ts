export interface PulseTiming {
  /** Discord is asked for a sign of life when it has been silent for so long, in ms: 30 times a minute of the 120 events that it takes. */
  askMs: number;
  /** No answer for so long, in ms, is told of. */
  quietMs: number;
  /** No answer for so long, in ms, is the end of the connection. */
  lostMs: number;
}

/** Discord's own heartbeats are 41 s apart: by them alone, a connection that died without a sign would look alive for up to 82 s. */
export const PULSE_TIMING: PulseTiming = { askMs: 2_000, quietMs: 2_000, lostMs: 8_000 };

/** What is done, and told. */
export interface PulseListener {
  ask(): void;
  quiet(): void;
  /** After `quiet`: there was an answer after all. */
  lively(): void;
  lost(): void;
}

/** Feels whether somebody is at the other end of a connection, from its making until `stop`. */
export class Pulse {
  private readonly timer: NodeJS.Timeout;
  private heardAt = performance.now();
  /** Since when an answer is waited for. */
  private askedAt: number | undefined;
  private lastAskedAt = 0;
  private isQuiet = false;

  constructor(
    private readonly timing: PulseTiming,
    private readonly listener: PulseListener,
  ) {
    this.timer = setInterval(() => this.look(), Math.min(timing.askMs, timing.quietMs) / 4);
  }

  /** Something came, whatever it was. */
  heard(): void {
    this.heardAt = performance.now();
    this.askedAt = undefined;
    if (!this.isQuiet) return;
    this.isQuiet = false;
    this.listener.lively();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    if (now - Math.max(this.heardAt, this.lastAskedAt) >= this.timing.askMs) {
      this.lastAskedAt = now;
      this.askedAt ??= now;
      this.listener.ask();
    }
    if (this.askedAt === undefined) return;
    const silentMs = now - this.askedAt;
    if (silentMs >= this.timing.lostMs) {
      this.stop();
      this.listener.lost();
    } else if (silentMs >= this.timing.quietMs && !this.isQuiet) {
      this.isQuiet = true;
      this.listener.quiet();
    }
  }
}
