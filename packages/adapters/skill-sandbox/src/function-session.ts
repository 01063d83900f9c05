import { SkillFailed } from '@openclaw/core';
import type { Sandbox } from './sandbox.js';

interface Answer {
  ready?: true;
  result?: unknown;
  error?: string;
}

/** A skill's function, loaded and waiting for its one call. */
export class FunctionSession {
  private buffered: Buffer[] = [];
  private waiting: { resolve: (answer: Answer) => void; reject: (why: Error) => void } | undefined;
  private ended: Error | undefined;
  private answers: Answer[] = [];

  private constructor(readonly sandbox: Sandbox) {
    sandbox.listen(
      (chunk) => this.take(chunk),
      (why) => {
        this.ended = why;
        this.waiting?.reject(why);
      },
    );
  }

  /** Resolves when the function is loaded. Throws `SkillFailed`, or why the sandbox was killed. */
  static async open(sandbox: Sandbox): Promise<FunctionSession> {
    const session = new FunctionSession(sandbox);
    const answer = await session.next();
    if (answer.ready !== true) throw failureOf(answer);
    return session;
  }

  async call(call: { args: unknown; context: object }): Promise<unknown> {
    this.sandbox.write(`${JSON.stringify(call)}\n`);
    const answer = await this.next();
    if (answer.error !== undefined || !Object.hasOwn(answer, 'result')) throw failureOf(answer);
    return answer.result;
  }

  private next(): Promise<Answer> {
    const answer = this.answers.shift();
    if (answer) return Promise.resolve(answer);
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...this.buffered, rest.subarray(0, end)]).toString('utf8');
      this.buffered = [];
      rest = rest.subarray(end + 1);
      this.tell(line);
    }
    if (rest.length > 0) this.buffered.push(rest);
  }

  private tell(line: string): void {
    let answer: Answer;
    try {
      const value: unknown = JSON.parse(line);
      answer = typeof value === 'object' && value !== null ? value : {};
    } catch {
      answer = {};
    }
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) waiting.resolve(answer);
    else if (this.answers.length < 2) this.answers.push(answer);
  }
}

function failureOf({ error }: Answer): SkillFailed {
  return new SkillFailed(typeof error === 'string' ? error : 'The skill gave an answer that is none');
}
