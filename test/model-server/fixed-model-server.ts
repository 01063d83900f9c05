import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropicWire } from './anthropic-wire.ts';
import { openAiWire } from './openai-wire.ts';
import type { Spoken, Wire } from './wire.ts';

/**
 * Gives every caller the same answer, word by word in one write, at the least cost: for benches. Whether it streams
 * depends on the body holding `"stream":true`; nothing is parsed or kept.
 */
export async function startFixedModelServer(options: { port?: number; answer: string }): Promise<{
  url: string;
  openAiUrl: string;
  close(): Promise<void>;
}> {
  const openAi = prepare(openAiWire, options.answer);
  const anthropic = prepare(anthropicWire, options.answer);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const prepared = request.url?.endsWith('/messages') ? anthropic : openAi;
    let streams = false;
    request.on('data', (piece: Buffer) => (streams ||= piece.includes('"stream":true')));
    request.on('end', () => {
      const { head, body } = streams ? prepared.streamed : prepared.whole;
      response.writeHead(200, head).end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    openAiUrl: `${url}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function prepare(wire: Wire, answer: string) {
  const chunks = answer.split(/(?<= )/);
  const spoken: Spoken = {
    request: {
      no: 1,
      method: 'POST',
      path: '/',
      url: '/',
      headers: {},
      body: { model: 'model-a', stream_options: { include_usage: true } },
      connection: 0,
      began: 0,
      ended: undefined,
      aborted: false,
      closed: Promise.resolve(),
    },
    chunks,
    calls: [],
    usage: { inputTokens: 10, outputTokens: chunks.length },
    finishReason: undefined,
  };
  const frames = [...wire.opening(spoken), ...chunks.map((chunk) => wire.delta(spoken, chunk)), ...wire.ending(spoken)];
  return {
    streamed: reply('text/event-stream; charset=utf-8', frames.join('')),
    whole: reply('application/json', JSON.stringify(wire.whole(spoken))),
  };
}

/** Content-Length in place of chunked coding saves both ends a little work. */
function reply(type: string, text: string) {
  const body = Buffer.from(text);
  return { body, head: { 'content-type': type, 'content-length': body.length } };
}
