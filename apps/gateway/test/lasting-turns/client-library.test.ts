import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ChatChunk, ConflictError, OpenClawClient } from '@openclaw/sdk';
import {
  askedOf,
  freshDatabase,
  type GatewayProcess,
  later,
  type ModelServer,
  startGateway,
  startModel,
} from '../harness/index.js';
import { startCutOffProxy } from './cut-off-proxy.js';

let model: ModelServer;
let gateway: GatewayProcess;

beforeAll(async () => {
  model = await startModel();
  gateway = await startGateway({ database: await freshDatabase(), config: askedOf(model, 'model-a') });
});

async function client(cuts = 0): Promise<OpenClawClient> {
  const proxy = await startCutOffProxy(gateway.url, cuts);
  later(() => proxy.close());
  return new OpenClawClient({ baseUrl: proxy.url, token: gateway.operatorToken, maxRetries: 3 });
}

describe('the JavaScript client', () => {
  it('whose connection breaks gets the one answer when it tries again', async () => {
    model.reset();
    const flaky = await client(2);
    const answer = await flaky.message('only once', { conversationId: 'sdk-retry' });
    expect(answer.content).toBe('echo: only once');
    const { messages } = await flaky.conversations.get('sdk-retry');
    expect(messages.map((message) => message.content)).toEqual(['only once', 'echo: only once']);
    expect(messages[1]?.id).toBe(answer.id);
    let said = '';
    for await (const chunk of (await client(2)).messageStream('streamed once')) said += chunk.content ?? '';
    expect(said).toBe('echo: streamed once');
    expect(model.requests).toHaveLength(2);
  });

  it('takes up a detached stream that it left', async () => {
    model.reset();
    const gate = model.hold({ chunks: ['one ', 'two ', 'three'], holdAfter: 2 });
    const steady = await client();
    const chunks: ChatChunk[] = [];
    for await (const chunk of steady.chatStream('count', { detach: true })) {
      chunks.push(chunk);
      if (chunk.content === 'two ') break;
    }
    gate.open();
    for await (const chunk of steady.resumeChat(chunks.at(-1)?.eventId ?? '')) chunks.push(chunk);
    expect(chunks.map(({ content = '' }) => content).join('')).toBe('one two three');
    expect(chunks.at(-1)?.type).toBe('done');
    expect(model.requests).toHaveLength(1);
  });

  it('stops an answer', async () => {
    model.reset();
    model.next({ chunks: ['half ', 'never'], stall: 1 });
    const steady = await client();
    const chunks: ChatChunk[] = [];
    for await (const chunk of steady.chatStream('stop')) {
      chunks.push(chunk);
      if (chunk.content === 'half ') expect((await steady.cancel(chunk.eventId ?? '')).status).toBe('cancelling');
    }
    expect(chunks.at(-1)).toMatchObject({ type: 'done', interrupted: true });
    await expect(steady.cancel(chunks[0]?.eventId ?? '')).rejects.toThrow(ConflictError);
  });
});
