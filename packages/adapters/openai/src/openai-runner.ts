import {
  AgentRunner,
  ProviderClient,
  ProviderError,
  ProviderFailure,
  type ProviderReply,
  type ProviderTransport,
  type RunEvent,
  type RunRequest,
  type Usage,
  deltaOf,
  withTrace,
} from '@openclaw/core';
import { DeltaTemplate } from './delta-template.js';
import { requestParams } from './request-params.js';
import { ToolCallReader, type WireToolCall } from './tool-call-reader.js';

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

export interface OpenAiSettings {
  /** What the configuration calls this provider; used in error messages. */
  name: string;
  /** Default `https://api.openai.com/v1`. The same one that the transport was made with. */
  baseUrl?: string;
  /** Servers of one's own often want none. */
  apiKey?: string;
}

const DONE = '[DONE]';

/** Chat completions of OpenAI and of everybody who speaks like OpenAI. */
export class OpenAiRunner extends AgentRunner {
  private readonly client: ProviderClient;
  private readonly failure: ProviderFailure;
  private readonly headers: Record<string, string>;
  private readonly ownHouse: boolean;
  /** Some servers refuse to be asked for usage; found out on the first call. */
  private asksForUsage = true;

  constructor(settings: OpenAiSettings, transport: ProviderTransport) {
    super();
    const key = settings.apiKey?.trim();
    this.failure = new ProviderFailure(settings.name, key);
    this.client = new ProviderClient(transport, this.failure);
    this.headers = {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'user-agent': 'openclaw-gateway',
      ...(key && { authorization: `Bearer ${key}` }),
    };
    this.ownHouse = new URL(settings.baseUrl ?? OPENAI_BASE_URL).hostname === 'api.openai.com';
  }

  async *run(request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const reply = await this.open(request, signal);
    let model = request.choice.model;
    let usage: Usage | undefined;
    let finishReason: string | undefined;
    let calls: ToolCallReader | undefined;
    const template = new DeltaTemplate();
    const events = this.client.events(reply, signal, template);
    let heard = false;
    // Who reads along has the first word before all that came with it is read.
    let first = !request.whole;
    let whole = false;
    let ended = false;
    try {
      for (let more = true; more && !ended;) {
        more = await events.more();
        let said: string[] = [];
        for (let event = events.next(); event && !ended; event = events.next()) {
          if (event.known) {
            for (const text of event.known) said.push(text);
            continue;
          }
          const { data } = event;
          if (data === DONE) {
            // Nothing but the end mark, as some proxies send in the place of an answer, is no answer.
            whole = heard;
            ended = true;
            continue;
          }
          let chunk: Chunk;
          try {
            chunk = this.parse(event.event, data);
          } catch (error) {
            // What came before it in the same moment was said.
            if (said.length > 0) yield deltaOf(said, request.whole);
            throw error;
          }
          model = asText(chunk.model) ?? model;
          usage = usageOf(chunk) ?? usage;
          const choice = chunk.choices?.[0];
          heard ||= choice !== undefined;
          const text = asText(choice?.delta?.content) ?? asText(choice?.delta?.refusal);
          if (text !== undefined) {
            if (first) yield deltaOf([text]);
            else said.push(text);
            first = false;
            if (saysNothingElse(chunk)) template.learn(data, text, contentOf);
          }
          if (choice?.delta?.tool_calls) {
            if (said.length > 0) yield deltaOf(said, request.whole);
            said = [];
            yield* (calls ??= new ToolCallReader()).read(choice.delta.tool_calls);
          }
          if (choice?.finish_reason) {
            whole = true;
            finishReason = asText(choice.finish_reason) ?? finishReason;
          }
        }
        if (said.length > 0) yield deltaOf(said, request.whole);
      }
    } catch (error) {
      // Nothing but figures comes after a finish reason: the answer is whole without them.
      if (!whole || !(error instanceof ProviderError)) throw error;
    } finally {
      events.close(ended);
    }
    if (!whole) throw this.failure.cut();
    yield { type: 'finished', model, ...(usage && { usage }), ...(finishReason !== undefined && { finishReason }) };
  }

  check(signal: AbortSignal): Promise<void> {
    return this.client.ask(
      { method: 'GET', path: '/models', headers: { ...this.headers, accept: '*/*' } },
      [404],
      signal,
    );
  }

  /** Resolves when running answers have ended. */
  close(): Promise<void> {
    return this.client.close();
  }

  private async open(request: RunRequest, signal: AbortSignal): Promise<ProviderReply> {
    const askForUsage = this.asksForUsage;
    const call = (asking: boolean) => ({
      method: 'POST' as const,
      path: '/chat/completions',
      headers: withTrace(this.headers, request.trace),
      body: JSON.stringify(requestParams(request, { ownHouse: this.ownHouse, askForUsage: asking })),
    });
    try {
      return await this.client.open(call(askForUsage), signal);
    } catch (error) {
      if (!askForUsage || !refusesUsage(error)) throw error;
      this.asksForUsage = false;
      return this.client.open(call(false), signal);
    }
  }

  private parse(event: string | undefined, data: string): Chunk {
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch (error) {
      throw this.failure.senseless(`sent something that is no JSON: ${this.failure.quote(data)}`, error);
    }
    if (typeof chunk !== 'object' || chunk === null) {
      throw this.failure.senseless(`sent something that is no completion: ${this.failure.quote(data)}`);
    }
    const { error } = chunk as Chunk;
    if (error || event === 'error')
      throw this.failure.reported(data, typeof error !== 'object' || error?.type !== 'invalid_request_error');
    return chunk as Chunk;
  }
}

/** The members read here; each may be missing, or anything, in what comes over the wire. */
interface Chunk {
  model?: unknown;
  choices?: {
    delta?: { content?: unknown; refusal?: unknown; tool_calls?: WireToolCall[] };
    finish_reason?: unknown;
  }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
  error?: { type?: string } | string | null;
}

/** Whether it may be passed over when it comes again with another text. */
function saysNothingElse({ choices, usage }: Chunk): boolean {
  const choice = choices?.[0];
  return !usage && !choice?.finish_reason && !choice?.delta?.tool_calls && !choice?.delta?.refusal;
}

function contentOf(chunk: unknown): unknown {
  return (chunk as Chunk | undefined)?.choices?.[0]?.delta?.content;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function usageOf({ usage }: Chunk): Usage | undefined {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {};
  if (typeof inputTokens !== 'number') return undefined;
  return { inputTokens, outputTokens: typeof outputTokens === 'number' ? outputTokens : 0 };
}

function refusesUsage(error: unknown): boolean {
  return (
    error instanceof ProviderError &&
    (error.status === 400 || error.status === 422) &&
    /stream_options|include_usage/.test(error.message)
  );
}
