import {
  AgentRunner,
  ProviderClient,
  ProviderFailure,
  type ProviderTransport,
  type RunEvent,
  type RunRequest,
  deltaOf,
  withTrace,
} from '@openclaw/core';
import { requestParams } from './request-params.js';

export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com';

export interface AnthropicSettings {
  /** What the configuration calls this provider; used in error messages. */
  name: string;
  apiKey?: string;
}

const PASSING = ['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'];

/** Anthropic's messages. Source of the protocol: https://docs.claude.com/en/api/messages-streaming */
export class AnthropicRunner extends AgentRunner {
  private readonly client: ProviderClient;
  private readonly failure: ProviderFailure;
  private readonly headers: Record<string, string>;

  constructor(settings: AnthropicSettings, transport: ProviderTransport) {
    super();
    const key = settings.apiKey?.trim();
    this.failure = new ProviderFailure(settings.name, key);
    this.client = new ProviderClient(transport, this.failure);
    this.headers = {
      accept: 'text/event-stream',
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      'user-agent': 'openclaw-gateway',
      ...(key && { 'x-api-key': key }),
    };
  }

  async *run(request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const call = {
      method: 'POST' as const,
      path: '/v1/messages',
      headers: withTrace(this.headers, request.trace),
      body: JSON.stringify(requestParams(request)),
    };
    let model = request.choice.model;
    let inputTokens: number | undefined;
    let outputTokens: number | undefined;
    let finishReason: string | undefined;
    const tools: { block: number; silent: boolean }[] = [];
    // What has come at once is told at once, and before anything else.
    let said: string[] = [];
    // Who reads along has the first word before all that came with it is read.
    let first = !request.whole;
    const told = function* () {
      if (said.length > 0) yield deltaOf(said, request.whole);
      said = [];
    };
    const reply = await this.client.open(call, signal);
    const events = this.client.events(reply, signal);
    let whole = false;
    try {
      for (let more = true; more;) {
        more = await events.more();
        for (let read = events.next(); read; read = events.next()) {
          const { event, data } = read;
          let message: StreamEvent;
          try {
            message = this.parse(event, data);
          } catch (error) {
            yield* told();
            throw error;
          }
          switch (message.type) {
            case 'message_start':
              model = asText(message.message?.model) ?? model;
              inputTokens = asCount(message.message?.usage?.input_tokens);
              break;
            case 'content_block_start': {
              const { type, id, name } = message.content_block ?? {};
              if (type !== 'tool_use' || message.index === undefined) break;
              yield* told();
              const index = tools.push({ block: message.index, silent: true }) - 1;
              yield { type: 'tool-call', index, id: asText(id) ?? '', name: asText(name) ?? '', arguments: '' };
              break;
            }
            case 'content_block_delta': {
              const text = message.delta?.type === 'text_delta' ? asText(message.delta.text) : undefined;
              if (text !== undefined) {
                if (first) yield deltaOf([text]);
                else said.push(text);
                first = false;
              }
              const piece = message.delta?.type === 'input_json_delta' ? asText(message.delta.partial_json) : undefined;
              const index = tools.findIndex(({ block }) => block === message.index);
              const tool = tools[index];
              if (piece === undefined || !tool) break;
              tool.silent = false;
              yield* told();
              yield { type: 'tool-call', index, arguments: piece };
              break;
            }
            case 'content_block_stop': {
              const index = tools.findIndex(({ block, silent }) => silent && block === message.index);
              if (index < 0) break;
              yield* told();
              // A function without parameters is called without a word; elsewhere that is an empty object.
              yield { type: 'tool-call', index, arguments: '{}' };
              break;
            }
            case 'message_delta':
              outputTokens = asCount(message.usage?.output_tokens) ?? outputTokens;
              finishReason = finishReasonOf(message.delta?.stop_reason) ?? finishReason;
              break;
            case 'message_stop':
              whole = true;
              yield* told();
              yield {
                type: 'finished',
                model,
                ...(inputTokens !== undefined &&
                  outputTokens !== undefined && { usage: { inputTokens, outputTokens } }),
                ...(finishReason !== undefined && { finishReason }),
              };
              return;
          }
        }
        yield* told();
      }
    } finally {
      events.close(whole);
    }
    throw this.failure.cut();
  }

  check(signal: AbortSignal): Promise<void> {
    const call = { method: 'GET' as const, path: '/v1/models', headers: { ...this.headers, accept: '*/*' } };
    return this.client.ask(call, [404], signal);
  }

  /** Resolves when running answers have ended. */
  close(): Promise<void> {
    return this.client.close();
  }

  private parse(event: string | undefined, data: string): StreamEvent {
    let message: unknown;
    try {
      message = JSON.parse(data);
    } catch (error) {
      throw this.failure.senseless(`sent something that is no JSON: ${this.failure.quote(data)}`, error);
    }
    const { type, error } = (message ?? {}) as { type?: unknown; error?: { type?: string } };
    if (event === 'error' || type === 'error') throw this.failure.reported(data, PASSING.includes(error?.type ?? ''));
    if (typeof type !== 'string')
      throw this.failure.senseless(`sent something that is no event: ${this.failure.quote(data)}`);
    return message as StreamEvent;
  }
}

/** The members read here; each may be missing, or anything, in what comes over the wire. */
interface StreamEvent {
  type: string;
  message?: { model?: unknown; usage?: { input_tokens?: unknown } };
  index?: number;
  content_block?: { type?: unknown; id?: unknown; name?: unknown };
  delta?: { type?: unknown; text?: unknown; partial_json?: unknown; stop_reason?: unknown };
  usage?: { output_tokens?: unknown };
}

const FINISH_REASONS: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function finishReasonOf(reason: unknown): string | undefined {
  const text = asText(reason);
  return text === undefined ? undefined : (FINISH_REASONS[text] ?? text);
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
