import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import {
  AgentRunner,
  ProviderClient,
  ProviderFailure,
  type ProviderTransport,
  type RunEvent,
  type RunRequest,
} from '@openclaw/core';

export const ANTHROPIC_BASE_URL = 'https://api.anthropic.com';

export interface AnthropicSettings {
  /** What the configuration calls this provider; used in error messages. */
  name: string;
  apiKey?: string;
}

/** Anthropic demands a limit; this is what an answer gets when the caller sets none. */
const DEFAULT_MAX_TOKENS = 4096;
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
      headers: this.headers,
      body: JSON.stringify(paramsOf(request)),
    };
    let model = request.choice.model;
    let inputTokens: number | undefined;
    let outputTokens: number | undefined;
    for await (const events of this.client.stream(call, ({ event }) => event === 'message_stop', signal)) {
      for (const { event, data } of events) {
        const message = this.parse(event, data);
        switch (message.type) {
          case 'message_start':
            model = asText(message.message?.model) ?? model;
            inputTokens = asCount(message.message?.usage?.input_tokens);
            break;
          case 'content_block_delta': {
            const text = message.delta?.type === 'text_delta' ? asText(message.delta.text) : undefined;
            if (text !== undefined) yield { type: 'delta', text };
            break;
          }
          case 'message_delta':
            outputTokens = asCount(message.usage?.output_tokens) ?? outputTokens;
            break;
          case 'message_stop':
            yield {
              type: 'finished',
              model,
              ...(inputTokens !== undefined && outputTokens !== undefined && { usage: { inputTokens, outputTokens } }),
            };
            return;
        }
      }
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
  delta?: { type?: unknown; text?: unknown };
  usage?: { output_tokens?: unknown };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function paramsOf({ choice, system, messages, maxTokens, temperature }: RunRequest): MessageCreateParamsStreaming {
  return {
    model: choice.model,
    max_tokens: maxTokens ?? DEFAULT_MAX_TOKENS,
    messages: alternating(messages),
    stream: true,
    ...(system && { system }),
    // Anthropic's scale ends at 1 where others' ends at 2.
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
  };
}

/** The user's word first, then by turns; empty messages, which Anthropic refuses, left out. */
function alternating(messages: RunRequest['messages']): RunRequest['messages'] {
  const merged: RunRequest['messages'] = [];
  for (const { role, content } of messages) {
    const last = merged.at(-1);
    if (content.trim() === '' || (!last && role === 'assistant')) continue;
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else merged.push({ role, content });
  }
  return merged;
}
