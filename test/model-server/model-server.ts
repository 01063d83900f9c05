import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { anthropicWire } from './anthropic-wire.ts';
import { type Behaviour, Gate } from './behaviour.ts';
import type { ModelRequest, ModelRequestBody } from './model-request.ts';
import { openAiWire } from './openai-wire.ts';
import { play, sendBody } from './play.ts';
import type { Wire } from './wire.ts';

export interface ModelServerOptions {
  /** Default 0: any free one. */
  port?: number;
  /** What GET …/models lists. */
  models?: string[];
}

const WIRES: Record<string, Wire> = { '/chat/completions': openAiWire, '/messages': anthropicWire };

/** Starts a server on 127.0.0.1 that speaks like a model provider and does what the test tells it. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = new ModelServer(options);
  await server.listen(options.port ?? 0);
  return server;
}

/**
 * OpenAI's `/v1/chat/completions`, `/v1/embeddings` and `/v1/models`, and Anthropic's `/v1/messages`. Unless told otherwise it answers
 * `echo: <last user message>` in several chunks, with usage.
 */
export class ModelServer {
  /** Every request so far, in order of arrival. */
  requests: ModelRequest[] = [];
  private readonly http: Server;
  private readonly models: string[];
  private readonly queue: Behaviour[] = [];
  private scripted: (request: ModelRequest) => Behaviour | undefined = () => undefined;
  private readonly waiting: { count: number; resolve: (request: ModelRequest) => void }[] = [];
  private readonly connections = new WeakMap<Socket, number>();
  private connectionCount = 0;
  private tick = 0;

  constructor(options: ModelServerOptions) {
    this.models = options.models ?? ['model-a', 'model-b'];
    this.http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.receive(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.http.on('connection', (socket) => this.connections.set(socket, ++this.connectionCount));
  }

  /** Base URL without a path, e.g. `http://127.0.0.1:40123`. */
  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** Base URL as OpenAI's clients want it. */
  get openAiUrl(): string {
    return `${this.url}/v1`;
  }

  /** How one coming request is answered; call it again for the one after. */
  next(...behaviours: Behaviour[]): void {
    this.queue.push(...behaviours);
  }

  /** How requests are answered that `next` says nothing about; undefined for the default answer. */
  script(choose: (request: ModelRequest) => Behaviour | undefined): void {
    this.scripted = choose;
  }

  /** Holds the next request before anything is answered. */
  hold(behaviour: Behaviour = {}): Gate {
    const gate = new Gate();
    this.next({ ...behaviour, hold: gate });
    return gate;
  }

  /** The n-th request (from 1) as soon as it has arrived. */
  arrival(count: number): Promise<ModelRequest> {
    const there = this.requests[count - 1];
    if (there) return Promise.resolve(there);
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** The most requests that were being answered at the same moment, of those that `which` picks. */
  mostAtOnce(which: (request: ModelRequest) => boolean = () => true): number {
    const marks = this.requests.filter(which).flatMap(({ began, ended }) => [
      { at: began, step: 1 },
      { at: ended ?? Infinity, step: -1 },
    ]);
    let now = 0;
    let most = 0;
    for (const { step } of marks.sort((a, b) => a.at - b.at)) most = Math.max(most, (now += step));
    return most;
  }

  /** Forgets requests, scripts and queued behaviours. */
  reset(): void {
    this.requests = [];
    this.queue.length = 0;
    this.scripted = () => undefined;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    this.http.closeAllConnections();
    await closed;
  }

  private async receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(incoming.url ?? '/', 'http://model').pathname;
    let text = '';
    incoming.setEncoding('utf8');
    for await (const piece of incoming) text += piece as string;
    const request = this.record(incoming, response, path, text);
    const behaviour = this.queue.shift() ?? this.scripted(request) ?? {};
    const wire = WIRES[path.replace(/^\/v1/, '')];
    if (path.endsWith('/embeddings') && behaviour.status === undefined) {
      sendBody(response, 200, embeddings(request.body));
    } else if (wire && request.method === 'POST') {
      if (request.body) await play(behaviour, wire, request, response);
      else
        sendBody(response, 400, { error: { message: 'The body is not a JSON object', type: 'invalid_request_error' } });
    } else if (path.endsWith('/models') && (behaviour.status ?? 200) === 200 && !behaviour.stall && !behaviour.hold) {
      const data = this.models.map((id) => ({ id, object: 'model', type: 'model' }));
      sendBody(response, 200, { object: 'list', data, has_more: false });
    } else {
      const missing = { status: 404, body: { error: { message: `Nothing at ${path}`, type: 'not_found_error' } } };
      await play({ ...missing, ...behaviour }, openAiWire, request, response);
    }
  }

  private record(incoming: IncomingMessage, response: ServerResponse, path: string, text: string): ModelRequest {
    const request: ModelRequest = {
      no: this.requests.length + 1,
      method: incoming.method ?? 'GET',
      path,
      url: incoming.url ?? '/',
      headers: incoming.headers,
      body: parse(text),
      connection: this.connections.get(incoming.socket) ?? 0,
      began: ++this.tick,
      ended: undefined,
      aborted: false,
      closed: new Promise((resolve) => {
        response.once('close', () => {
          request.ended = ++this.tick;
          request.aborted = !response.writableFinished;
          resolve();
        });
      }),
    };
    this.requests.push(request);
    for (const [index, { count, resolve }] of this.waiting.entries()) {
      if (count !== request.no) continue;
      this.waiting.splice(index, 1);
      resolve(request);
      break;
    }
    return request;
  }
}

/** For each input a vector that tells its place and its length. */
function embeddings(body: ModelRequestBody | undefined): object {
  const inputs = [body?.input ?? ''].flat(1) as (string | number[])[];
  const data = inputs.map((input, index) => ({ object: 'embedding', index, embedding: [index, input.length, 0.5] }));
  const usage = { prompt_tokens: inputs.length, total_tokens: inputs.length };
  return { object: 'list', model: body?.model, data: data.reverse(), usage };
}

function parse(text: string): ModelRequestBody | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as ModelRequestBody;
  } catch {
    return undefined;
  }
}
