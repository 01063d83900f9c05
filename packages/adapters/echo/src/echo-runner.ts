import {
  AgentRunner,
  type PromptMessage,
  type RunEvent,
  type RunRequest,
  estimateTokens,
  plainText,
} from '@openclaw/core';

const INTRODUCTION = 'This is "echo", the offline model built into OpenClaw Gateway. You said: ';
/** As much as is repeated, in UTF-16 units: an answer may not be as long as a message. */
const LONGEST_REPEATED = 100_000;
/** A word and the space after it; a text without spaces goes in portions of this many code points. */
const PORTION = /\S{1,24}\s*|\s+/gu;

/** The model for trying things out: needs no account and no network, and answers the same to the same words. */
export class EchoRunner extends AgentRunner {
  async *run(request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const call = demandedCall(request);
    const answer = call === undefined ? answerTo(request) : '';
    if (call !== undefined) {
      signal.throwIfAborted();
      yield { type: 'tool-call', index: 0, id: 'call_echo', name: call, arguments: '{}' };
    }
    for (const [portion] of answer.matchAll(PORTION)) {
      signal.throwIfAborted();
      yield { type: 'delta', text: portion };
    }
    signal.throwIfAborted();
    yield {
      type: 'finished',
      model: request.choice.model,
      usage: { inputTokens: promptTokens(request), outputTokens: estimateTokens(call ?? answer) },
      finishReason: call === undefined ? 'stop' : 'tool_calls',
    };
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  /** As other runners have it; there is nothing to close. */
  async close(): Promise<void> {}
}

/** Echo calls a function only when it has to: the one that is named, or the first. */
function demandedCall({ toolChoice, tools }: RunRequest): string | undefined {
  if (typeof toolChoice === 'object') return toolChoice.name;
  return toolChoice === 'required' ? tools?.[0]?.name : undefined;
}

function answerTo({ messages, responseFormat }: RunRequest): string {
  const last = messages.at(-1);
  const said = last ? shortened(saidIn(last)) : '';
  if (responseFormat === undefined || responseFormat.type === 'text') return INTRODUCTION + said;
  return JSON.stringify({ model: 'echo', you_said: said });
}

function shortened(said: string): string {
  if (said.length <= LONGEST_REPEATED) return said;
  const beginning = said.slice(0, LONGEST_REPEATED).replace(/[\uD800-\uDBFF]$/, '');
  return `${beginning}… (the beginning of ${said.length} characters)`;
}

function saidIn({ content }: PromptMessage): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '[a picture]')).join(' ');
}

function promptTokens({ system, messages }: RunRequest): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(plainText(content)), estimateTokens(system ?? ''));
}
