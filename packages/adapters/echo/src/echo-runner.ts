import { AgentRunner, type RunEvent, type RunRequest, estimateTokens } from '@openclaw/core';

const INTRODUCTION = 'This is "echo", the offline model built into OpenClaw Gateway. You said: ';
/** A word and the space after it; a text without spaces goes in portions of this many code points. */
const PORTION = /\S{1,24}\s*|\s+/gu;

/** The model for trying things out: needs no account and no network, and answers the same to the same words. */
export class EchoRunner extends AgentRunner {
  async *run(request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const said = request.messages.at(-1)?.content ?? '';
    const answer = INTRODUCTION + said;
    for (const [portion] of answer.matchAll(PORTION)) {
      signal.throwIfAborted();
      yield { type: 'delta', text: portion };
    }
    signal.throwIfAborted();
    yield {
      type: 'finished',
      model: request.choice.model,
      usage: { inputTokens: promptTokens(request), outputTokens: estimateTokens(answer) },
    };
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  /** As other runners have it; there is nothing to close. */
  async close(): Promise<void> {}
}

function promptTokens(request: RunRequest): number {
  return [request.system ?? '', ...request.messages.map((message) => message.content)].reduce(
    (sum, text) => sum + estimateTokens(text),
    0,
  );
}
