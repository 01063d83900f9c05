import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { SkillFailed } from '@openclaw/core';
import type { Started } from './launch.js';

const LONGEST_COMPLAINT = 2_000;

/** A process in its sandbox. It is used once and then killed. */
export class Sandbox {
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private written = 0;
  private complaint = '';
  private why: Error | undefined;
  private over = false;
  private listener: ((chunk: Buffer) => void) | undefined;
  private onEnd: ((why: Error) => void) | undefined;
  private early: Buffer[] = [];

  /** `outputBytes`: it is killed once it has written more. */
  constructor(
    private readonly started: Started,
    private readonly outputBytes: number,
  ) {
    const { file, args, environment } = started;
    this.child = spawn(file, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.gone = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.end(code, signal);
        resolve();
      });
      this.child.once('error', (error) => {
        this.why ??= new SkillFailed('The sandbox of the skill could not be started', { cause: error });
        if (this.child.pid === undefined) {
          this.end(null, null);
          resolve();
        }
      });
    });
    this.child.stdout.on('data', (chunk: Buffer) => {
      if (!this.count(chunk)) return;
      if (this.listener) this.listener(chunk);
      else this.early.push(chunk);
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      if (this.count(chunk)) this.complaint = (this.complaint + chunk.toString('utf8')).slice(-LONGEST_COMPLAINT);
    });
    // Who is killed does not read.
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get alive(): boolean {
    return !this.over && this.why === undefined;
  }

  /** `onEnd` is told why, when it ends by itself or is killed. */
  listen(onData: (chunk: Buffer) => void, onEnd: (why: Error) => void): void {
    this.listener = onData;
    this.onEnd = onEnd;
    const early = this.early;
    this.early = [];
    for (const chunk of early) onData(chunk);
    if (this.over) onEnd(this.why as Error);
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  /** At once, and everything that it has started. `why` is what whoever waits for it is told. */
  kill(why: Error): void {
    if (this.over) return;
    this.why ??= why;
    this.killGroup();
    this.started.kill?.();
    this.child.stdin.destroy();
  }

  /** It has done what it was for: it may end by itself, and is killed if it does not. Resolves when it is gone. */
  async retire(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.kill(new Error('it has been used')), this.started.retiringMs);
    await this.gone;
    clearTimeout(timer);
  }

  /**
   * All of its group, and its children: what an engine has started a moment ago may have left the group already and not know yet that it
   * is to die with its parent. Stopped first, so that it starts nobody meanwhile.
   */
  private killGroup(): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    if (!signal(-pid, 'SIGSTOP')) return;
    const children = childrenOf(pid);
    signal(-pid, 'SIGKILL');
    for (const child of children) signal(child, 'SIGKILL');
  }

  private count(chunk: Buffer): boolean {
    this.written += chunk.length;
    if (this.written <= this.outputBytes) return true;
    this.kill(new SkillFailed(`The skill wrote more than ${this.outputBytes} bytes and was stopped`));
    return false;
  }

  private end(code: number | null, signal: string | null): void {
    if (this.over) return;
    this.over = true;
    this.why ??= this.endedBySelf(code, signal);
    this.onEnd?.(this.why);
  }

  private endedBySelf(code: number | null, signal: string | null): SkillFailed {
    if (/out of memory|Failed to allocate|Array buffer allocation failed/i.test(this.complaint))
      return new SkillFailed('The skill used more memory than it may and was stopped');
    const words = lastLine(this.complaint);
    const how = signal === null ? `exit code ${code}` : signal;
    return new SkillFailed(`The skill ended without a result (${how})${words === '' ? '' : `: ${words}`}`);
  }
}

/** False when it is gone, or another user's. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (['ESRCH', 'EPERM'].includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // It is gone, or there is no /proc here.
    return [];
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => /^\S*(Error|error)\b/.test(line.trim()));
  return (lines.at(-1) ?? text.trim().split('\n').at(-1) ?? '').trim().slice(0, 300).toWellFormed();
}
