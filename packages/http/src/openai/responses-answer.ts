import type { ResponseItem, ResponseObject, ResponsesRequest } from '@openclaw/contracts';
import { type CompletionEvent, type FinishReason, type ToolCall, type Usage, piecesOf } from '@openclaw/core';
import { newAnswerId } from './answer-id.js';
import type { AnswerHead, WholeAnswer } from './chat-answer.js';
import type { CompletionDialect } from './completion-stream.js';

type Finished = Extract<CompletionEvent, { type: 'finished' }>;
type MessageItem = Extract<ResponseItem, { type: 'message' }>;
type CallItem = Extract<ResponseItem, { type: 'function_call' }>;

const INCOMPLETE: Record<string, 'max_output_tokens' | 'content_filter'> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** A response that has not said anything yet: what was asked, given back. */
export function openResponse({ id, created, model }: AnswerHead, body: ResponsesRequest): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: created,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    model,
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    store: false,
    temperature: body.temperature ?? null,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    truncation: 'disabled',
    usage: null,
    user: body.user ?? null,
  };
}

/** Not streamed. */
export function wholeResponse(open: ResponseObject, { text, calls, finished }: WholeAnswer): ResponseObject {
  const output: ResponseItem[] = [];
  if (text !== '' || calls.length === 0) output.push(messageItem(newAnswerId('msg_'), text, 'completed'));
  for (const call of calls) output.push(callItem(newAnswerId('fc_'), call, 'completed'));
  return closed(open, output, finished);
}

function closed(open: ResponseObject, output: ResponseItem[], { usage, finishReason }: Finished): ResponseObject {
  const reason = incompleteReason(finishReason);
  return {
    ...open,
    status: reason ? 'incomplete' : 'completed',
    incomplete_details: reason ? { reason } : null,
    output,
    usage: responseUsage(usage),
  };
}

function incompleteReason(reason: FinishReason | undefined) {
  return reason === undefined || !Object.hasOwn(INCOMPLETE, reason) ? undefined : INCOMPLETE[reason];
}

function responseUsage({ inputTokens, outputTokens }: Usage): ResponseObject['usage'] {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}

function messageItem(id: string, text: string, status: MessageItem['status']): MessageItem {
  return { type: 'message', id, status, role: 'assistant', content: [textPart(text)] };
}

function textPart(text: string): MessageItem['content'][number] {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function callItem(id: string, call: ToolCall, status: CallItem['status']): CallItem {
  return { type: 'function_call', id, status, call_id: call.id, name: call.name, arguments: call.arguments };
}

/** The typed events of a streamed response; one dialect for each. Items follow one another: one is done when the next begins. */
export class ResponseStream implements CompletionDialect {
  private readonly done: ResponseItem[] = [];
  private item: MessageItem | CallItem | undefined;
  /** Of the item, if it is a call: the index by which the model tells its calls apart. */
  private callIndex = -1;
  private text = '';
  private sequence = 0;

  constructor(private readonly open: ResponseObject) {}

  begin(): string {
    return (
      this.frame('response.created', { response: this.open }) +
      this.frame('response.in_progress', { response: this.open })
    );
  }

  event(event: CompletionEvent): string {
    switch (event.type) {
      case 'delta':
        return piecesOf(event).reduce((frames, text) => frames + this.delta(text), '');
      case 'tool-call':
        return this.toolCall(event);
      case 'finished': {
        const rest = this.item || this.done.length > 0 ? this.endItem() : this.beginMessage() + this.endItem();
        const response = closed(this.open, this.done, event);
        return rest + this.frame(`response.${response.status}`, { response });
      }
    }
  }

  failure({ error }: Parameters<CompletionDialect['failure']>[0]): string {
    const failed: ResponseObject = {
      ...this.open,
      status: 'failed',
      error: { code: error.code ?? error.type, message: error.message },
      output: this.done,
    };
    return (
      this.frame('response.failed', { response: failed }) +
      this.frame('error', { code: error.code, message: error.message, param: error.param, error })
    );
  }

  private delta(text: string): string {
    const before = this.item?.type === 'message' ? '' : this.endItem() + this.beginMessage();
    this.text += text;
    const place = { item_id: this.item?.id, output_index: this.done.length, content_index: 0 };
    return before + this.frame('response.output_text.delta', { ...place, delta: text, logprobs: [] });
  }

  private toolCall({ index, id, name, arguments: piece }: Extract<CompletionEvent, { type: 'tool-call' }>): string {
    let before = '';
    if (this.item?.type !== 'function_call' || this.callIndex !== index) {
      before = this.endItem();
      this.callIndex = index;
      const call = { id: id ?? '', name: name ?? '', arguments: '' };
      this.item = callItem(newAnswerId('fc_'), call, 'in_progress');
      before += this.frame('response.output_item.added', { output_index: this.done.length, item: this.item });
    }
    if (piece === '') return before;
    this.text += piece;
    const place = { item_id: this.item.id, output_index: this.done.length };
    return before + this.frame('response.function_call_arguments.delta', { ...place, delta: piece });
  }

  private beginMessage(): string {
    const id = newAnswerId('msg_');
    this.item = { ...messageItem(id, '', 'in_progress'), content: [] };
    const place = { item_id: id, output_index: this.done.length, content_index: 0 };
    return (
      this.frame('response.output_item.added', { output_index: this.done.length, item: this.item }) +
      this.frame('response.content_part.added', { ...place, part: textPart('') })
    );
  }

  private endItem(): string {
    const { item, text } = this;
    if (!item) return '';
    const output_index = this.done.length;
    const place = { item_id: item.id, output_index };
    let frames: string;
    let whole: ResponseItem;
    if (item.type === 'message') {
      whole = messageItem(item.id, text, 'completed');
      frames =
        this.frame('response.output_text.done', { ...place, content_index: 0, text, logprobs: [] }) +
        this.frame('response.content_part.done', { ...place, content_index: 0, part: textPart(text) });
    } else {
      whole = { ...item, arguments: text, status: 'completed' };
      frames = this.frame('response.function_call_arguments.done', { ...place, name: item.name, arguments: text });
    }
    frames += this.frame('response.output_item.done', { output_index, item: whole });
    this.done.push(whole);
    this.item = undefined;
    this.text = '';
    return frames;
  }

  private frame(type: string, data: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.sequence++, ...data })}\n\n`;
  }
}
