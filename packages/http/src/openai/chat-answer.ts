import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@openclaw/contracts';
import {
  type CompletionEvent,
  type ToolCall,
  type ToolCallDelta,
  ToolCalls,
  type Usage,
  piecesOf,
} from '@openclaw/core';
import { frame } from '../sse/event-stream.js';
import type { CompletionDialect } from './completion-stream.js';

/** What every answer and every chunk of one begins with. */
export interface AnswerHead {
  id: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
}

type Finished = Extract<CompletionEvent, { type: 'finished' }>;

/** An answer that nobody reads along with. */
export interface WholeAnswer {
  text: string;
  calls: ToolCall[];
  finished: Finished;
}

/** Reads an answer to its end. */
export async function wholeAnswer(events: AsyncIterable<CompletionEvent>): Promise<WholeAnswer> {
  let text = '';
  let calls: ToolCalls | undefined;
  let finished: Finished | undefined;
  for await (const event of events) {
    if (event.type === 'delta') text += event.text;
    else if (event.type === 'tool-call') (calls ??= new ToolCalls()).add(event);
    else finished = event;
  }
  if (!finished) throw new Error('an answer ended without an end and without an error');
  return { text, calls: calls?.list() ?? [], finished };
}

/** `functions`: for who asked with `functions`, who can be told of one call only. */
export function chatCompletion(
  { id, created, model }: AnswerHead,
  { text, calls, finished }: WholeAnswer,
  functions: boolean,
): ChatCompletion {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(calls.length > 0 && (functions ? functionCalled(calls) : toolsCalled(calls))),
        },
        logprobs: null,
        finish_reason: finishReason(finished, calls.length > 0, functions),
      },
    ],
    usage: completionUsage(finished.usage),
  };
}

function toolsCalled(calls: ToolCall[]) {
  return {
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: args },
    })),
  };
}

function functionCalled([call]: ToolCall[]) {
  return call && { function_call: { name: call.name, arguments: call.arguments } };
}

/** The chunks of a streamed answer, one dialect for each. `includeUsage`: the last chunk has the figures; `functions`: as above. */
export function chatStream(head: AnswerHead, includeUsage: boolean, functions: boolean): CompletionDialect {
  // Every token's chunk differs in one member only: what stands around it is made once.
  const { id, created, model } = head;
  const before = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1);
  const after = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
  const beforeDelta = `data: ${before},"choices":[{"index":0,"delta":`;
  const chunk = (delta: string, reason: string) =>
    `${beforeDelta}${delta},"logprobs":null,"finish_reason":${reason}}]${after}`;
  const beforeText = `${beforeDelta}{"content":`;
  const afterText = `},"logprobs":null,"finish_reason":null}]${after}`;
  const betweenTexts = afterText + beforeText;
  let called = false;
  return {
    begin: () => chunk('{"role":"assistant","content":""}', 'null'),
    event(event) {
      switch (event.type) {
        case 'delta':
          return beforeText + piecesOf(event).map(spelled).join(betweenTexts) + afterText;
        case 'tool-call':
          called = true;
          if (functions) return event.index === 0 ? chunk(JSON.stringify(functionDelta(event)), 'null') : '';
          return chunk(JSON.stringify(toolCallDelta(event)), 'null');
        case 'finished': {
          const last = chunk('{}', JSON.stringify(finishReason(event, called, functions)));
          if (!includeUsage) return `${last}data: [DONE]\n\n`;
          const figures = `data: ${before},"choices":[],"usage":${JSON.stringify(completionUsage(event.usage))}}\n\n`;
          return `${last}${figures}data: [DONE]\n\n`;
        }
      }
    },
    failure: (body) => `${frame(body)}data: [DONE]\n\n`,
  };
}

function spelled(text: string): string {
  return JSON.stringify(text);
}

type WireDelta = ChatCompletionChunk['choices'][number]['delta'];

function toolCallDelta(event: ToolCallDelta): WireDelta {
  const { index, id, name, arguments: args } = event;
  return {
    tool_calls: [
      {
        index,
        ...(id !== undefined && { id, type: 'function' as const }),
        function: { ...(name !== undefined && { name }), arguments: args },
      },
    ],
  };
}

function functionDelta({ name, arguments: args }: ToolCallDelta): WireDelta {
  return { function_call: { ...(name !== undefined && { name }), arguments: args } };
}

function finishReason({ finishReason }: Finished, called: boolean, functions: boolean): string {
  const reason = finishReason ?? (called ? 'tool_calls' : 'stop');
  return functions && reason === 'tool_calls' ? 'function_call' : reason;
}

function completionUsage({ inputTokens, outputTokens }: Usage): CompletionUsage {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}
