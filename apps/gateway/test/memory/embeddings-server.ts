import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { later } from '../harness/index.js';

/** What goes wrong: told to come later, silence, vectors of another length, no JSON at all, or an answer of another shape. */
export type Fault = 'busy' | 'silent' | 'longer' | 'garbage' | 'shapeless';

/** Words that mean the same have one direction. */
const MEANINGS = [
  ['dog', 'puppy', 'hound'],
  ['car', 'automobile'],
  ['soup', 'broth'],
  ['rain', 'drizzle'],
];
const WORDS = 8;

interface Asked {
  model: string;
  inputs: string[];
}

/** An OpenAI-compatible endpoint that knows what some words mean. */
export class EmbeddingsServer {
  readonly asked: Asked[] = [];
  /** Of every call, until it is taken away. */
  fault: Fault | undefined;
  /** Of the next calls, before that. */
  readonly faults: Fault[] = [];
  private readonly silent = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<EmbeddingsServer> {
    const embeddings = new EmbeddingsServer();
    embeddings.server.listen(0, '127.0.0.1');
    await once(embeddings.server, 'listening');
    later(() => {
      embeddings.server.closeAllConnections();
      embeddings.server.close();
    });
    return embeddings;
  }

  get provider(): object {
    const base_url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
    return { type: 'openai-compatible', model: 'none', base_url, api_key: 'sk-embeddings' };
  }

  /** Calls that nobody has answered, nor will. */
  get waiting(): number {
    return this.silent.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {
      model,
      input,
      dimensions = 4 + WORDS,
    } = JSON.parse(await text(request)) as {
      model: string;
      input: string[];
      dimensions?: number;
    };
    this.asked.push({ model, inputs: input });
    const fault = this.faults.shift() ?? this.fault;
    response.setHeader('content-type', 'application/json');
    switch (fault) {
      case 'busy':
        response.writeHead(429, { 'retry-after': '0' }).end('{"error":{"message":"come again later"}}');
        return;
      case 'silent':
        this.silent.add(response);
        response.once('close', () => this.silent.delete(response));
        return;
      case 'garbage':
        response.end('<html>');
        return;
      case 'shapeless':
        response.end('{"data":[{"index":0,"embedding":"none"}]}');
        return;
      default: {
        const length = fault === 'longer' ? dimensions + 1 : dimensions;
        const data = input.map((one, index) => ({ object: 'embedding', index, embedding: vectorOf(one, length) }));
        response.end(JSON.stringify({ object: 'list', model, data, usage: { prompt_tokens: 1, total_tokens: 1 } }));
      }
    }
  }
}

function vectorOf(content: string, length: number): number[] {
  const vector: number[] = Array.from({ length }, () => 0);
  for (const word of content.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const meaning = MEANINGS.findIndex((words) => words.includes(word));
    const place = meaning === -1 ? MEANINGS.length + ((word.codePointAt(0) ?? 0) % WORDS) : meaning;
    vector[place % length] = (vector[place % length] ?? 0) + (meaning === -1 ? 0.1 : 1);
  }
  if (!vector.some((figure) => figure > 0)) vector[0] = 0.01;
  return vector;
}
