import { describe, expect, it, jest } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import type { Recall, RecallRequest } from '../memory/recall.js';
import { TurnTimeout, Unavailable, UnknownModel, UpstreamFailed } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import { NoTracer } from '../tracing/tracer.js';
import { ActiveTurns } from './active-turns.js';
import { AgentDirectory } from './agent-directory.js';
import type { RunEvent, RunRequest } from './agent-runner.js';
import { InMemoryTurnRelay } from './in-memory-turn-relay.js';
import { InMemoryTurnDispatcher, InMemoryTurnStore } from './in-memory-turn-store.js';
import { ModelCatalog } from './model-catalog.js';
import { RunAcceptedTurns } from './run-accepted-turns.js';
import { RunTurn } from './run-turn.js';
import { SendMessage, type SendMessageCommand } from './send-message.js';
import { TurnLost } from './turn-lost.js';
import type { TurnEvent } from './turn.js';

type Script = (request: RunRequest, signal: AbortSignal) => AsyncIterable<RunEvent>;

const never = new AbortController().signal;
const hello: SendMessageCommand = { tenant: 'acme', text: 'hello', conversationId: 'c', request: {} };

async function* say(...texts: string[]): AsyncGenerator<RunEvent> {
  for (const text of texts) yield { type: 'delta', text };
  yield { type: 'finished', model: 'm-2026', usage: { inputTokens: 1, outputTokens: texts.length } };
}

/** Says something, then waits for the end of the world or of the caller. */
async function* hang(signal: AbortSignal, ...texts: string[]): AsyncGenerator<RunEvent> {
  for (const text of texts) yield { type: 'delta', text };
  await new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function setUp(script: Script, recall?: Pick<Recall, 'execute'>) {
  const data = new InMemoryConversations();
  const store = new InMemoryTurnStore(data);
  const requests: RunRequest[] = [];
  const providers = [{ name: 'primary', model: 'm', models: ['n'], fallback: false }];
  const agents = new AgentDirectory(
    { main: { systemPrompt: 'be kind', history: { maxMessages: 4, maxTokens: 1_000 } } },
    new ModelCatalog({ providers, aliases: {}, onUnknown: 'error' }),
  );
  const active = new ActiveTurns();
  const logger = new InMemoryLogger();
  const runner = {
    run: (request: RunRequest, signal: AbortSignal) => {
      requests.push(request);
      return script(request, signal);
    },
  };
  const relay = new InMemoryTurnRelay(data);
  const runTurn = new RunTurn(store, runner, () => agents, active, logger, relay, new NoTracer(), recall);
  return {
    store,
    requests,
    active,
    conversations: new InMemoryConversationStore(data),
    sendMessage: new SendMessage(store, runTurn, () => agents, active, logger),
    accepted: new RunAcceptedTurns(store, runTurn, active, logger),
    dispatcher: new InMemoryTurnDispatcher(store),
  };
}

async function collect(events: AsyncIterable<TurnEvent>): Promise<TurnEvent[]> {
  const all: TurnEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('SendMessage', () => {
  it('streams a turn: started, deltas, completed; and stores both messages', async () => {
    const { sendMessage, conversations, requests } = setUp(() => say('Hi', ' there'));
    const events = await collect(sendMessage.execute({ ...hello, request: { temperature: 0.5, maxTokens: 9 } }, never));
    expect(events.map((event) => event.type)).toEqual(['started', 'delta', 'delta', 'completed']);
    expect(events.at(-1)).toMatchObject({
      answer: { content: 'Hi there', model: 'm-2026', usage: { inputTokens: 1, outputTokens: 2 } },
    });
    const { messages } = await conversations.messages('acme', 'c', { limit: 10 });
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'hello'],
      ['assistant', 'Hi there'],
    ]);
    expect(requests[0]).toMatchObject({
      system: 'be kind',
      temperature: 0.5,
      maxTokens: 9,
      choice: { provider: 'primary', model: 'm' },
    });
  });

  it('gives the model the bounded history, beginning with a user', async () => {
    const { sendMessage, requests } = setUp((request) => say(`re: ${request.messages.at(-1)?.content}`));
    for (const text of ['1', '2', '3', '4']) await sendMessage.answer({ ...hello, text }, { signal: never });
    expect(requests.at(-1)?.messages.map((message) => message.content)).toEqual(['2', 're: 2', '3', 're: 3', '4']);
  });

  it('recalls before each turn, also of a caller with a prompt of its own; unless it wants none of it', async () => {
    const asked: RecallRequest[] = [];
    const recalled = { role: 'user' as const, content: 'it was said before' };
    const recall = { execute: async (request: RecallRequest) => (asked.push(request), recalled) };
    const { sendMessage, requests } = setUp(() => say('x'), recall);
    const earlier = [{ role: 'user' as const, content: 'one' }];
    const tail = [{ role: 'user' as const, content: 'hello' }];
    const prompt = { instructions: [], earlier, tail, options: {} };
    const texts = () => requests.at(-1)?.messages.map(({ content }) => content);
    await sendMessage.answer({ ...hello, request: { userId: 'ann' }, prompt }, { signal: never });
    expect(texts()).toEqual(['one', 'it was said before', 'hello']);
    expect(asked[0]).toMatchObject({
      tenant: 'acme',
      conversationId: 'c',
      userId: 'ann',
      text: 'hello',
      history: earlier,
    });
    await sendMessage.answer({ ...hello, text: 'and?' }, { signal: never });
    expect(texts()).toEqual(['hello', 'x', 'it was said before', 'and?']);
    expect(asked[1]?.history.map(({ content }) => content)).toEqual(['hello', 'x']);
    await sendMessage.answer({ ...hello, request: { memory: false } }, { signal: never });
    expect(asked).toHaveLength(2);
  });

  it('refuses an unknown model before anything is stored', async () => {
    const { sendMessage, conversations } = setUp(() => say('x'));
    await expect(sendMessage.answer({ ...hello, request: { model: 'gpt-9' } }, { signal: never })).rejects.toThrow(
      UnknownModel,
    );
    expect(await conversations.find('acme', 'c')).toBeUndefined();
  });

  it('estimates usage only when the provider sent none, and says so', async () => {
    const { sendMessage } = setUp(async function* () {
      yield { type: 'delta', text: '안녕하세요' } as const;
      yield { type: 'finished', model: 'm' } as const;
    });
    const answer = await sendMessage.answer(hello, { signal: never });
    expect(answer.usage).toEqual({ inputTokens: 4, outputTokens: 5, estimated: true });
  });

  it('records a failure and lets the next turn run', async () => {
    let fails = true;
    const { sendMessage, store } = setUp(async function* () {
      if (fails) throw new UpstreamFailed('the provider broke');
      yield* say('fine');
    });
    const begun: string[] = [];
    const failing = async () => {
      for await (const event of sendMessage.execute(hello, never))
        if (event.type === 'started') begun.push(event.turnId);
    };
    await expect(failing()).rejects.toThrow('the provider broke');
    expect(await store.find('acme', begun[0] ?? '')).toMatchObject({
      status: 'failed',
      failure: { code: 'upstream_error' },
    });
    fails = false;
    expect((await sendMessage.answer(hello, { signal: never })).content).toBe('fine');
  });

  it('keeps what was said when the caller leaves, marked as interrupted', async () => {
    const { sendMessage, conversations, active } = setUp((_request, signal) => hang(signal, 'half a '));
    const caller = new AbortController();
    const events = sendMessage.execute(hello, caller.signal);
    await events.next();
    await events.next();
    const rest = events.next();
    caller.abort();
    await expect(rest).rejects.toThrow('the caller left');
    const { messages } = await conversations.messages('acme', 'c', { limit: 10 });
    expect(messages[1]).toMatchObject({ content: 'half a ', answer: { interrupted: true } });
    expect(active.size).toBe(0);
  });

  it('keeps what was said when the consumer just stops listening', async () => {
    const { sendMessage, conversations } = setUp(() => say('one ', 'two ', 'three'));
    for await (const event of sendMessage.execute(hello, never)) if (event.type === 'delta') break;
    const { messages } = await conversations.messages('acme', 'c', { limit: 10 });
    expect(messages[1]).toMatchObject({ content: 'one ', answer: { interrupted: true } });
  });

  it('tells the caller after timeoutMs where to look, and goes on', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { sendMessage, store, active } = setUp(async function* () {
      await gate;
      yield* say('late');
    });
    const caller = new AbortController();
    const error = await sendMessage
      .answer(hello, { signal: caller.signal, timeoutMs: 1 })
      .catch((reason: unknown) => reason);
    if (!(error instanceof TurnTimeout)) throw error;
    caller.abort();
    release();
    await active.drain(5_000);
    expect(await store.find('acme', error.turnId)).toMatchObject({ status: 'completed', answer: { content: 'late' } });
  });

  it('runs accepted turns to their end, in order', async () => {
    const { sendMessage, accepted, dispatcher, store, requests } = setUp((request) =>
      say(`re: ${request.messages.at(-1)?.content}`),
    );
    await dispatcher.start((tenant, id) => accepted.execute(tenant, id));
    const turns = [];
    for (const text of ['a', 'b', 'c']) turns.push(await sendMessage.accept({ ...hello, text }));
    while ((await store.find('acme', turns.at(-1)?.turnId ?? ''))?.status === 'processing')
      await new Promise(setImmediate);
    await dispatcher.stop();
    expect(requests.map((request) => request.messages.at(-1)?.content)).toEqual(['a', 'b', 'c']);
    expect(await store.find('acme', turns[1]?.turnId ?? '')).toMatchObject({
      status: 'completed',
      answer: { content: 're: b' },
    });
  });

  it('fails where the model only calls functions that nobody has offered, except for who speaks in whole prompts', async () => {
    async function* invent(): AsyncGenerator<RunEvent> {
      yield { type: 'tool-call', index: 0, id: 'a', name: 'search_web', arguments: '{}' };
      yield { type: 'finished', model: 'm', finishReason: 'tool_calls' };
    }
    const { sendMessage } = setUp(invent);
    const failing = sendMessage.answer(hello, { signal: never });
    await expect(failing).rejects.toBeInstanceOf(UpstreamFailed);
    await expect(failing).rejects.toThrow('not offered ("search_web"), and said nothing');
    const prompt = { instructions: [], earlier: [], tail: [{ role: 'user', content: 'hello' } as const], options: {} };
    const passed = await sendMessage.answer({ ...hello, prompt }, { signal: never });
    expect(passed.toolCalls).toEqual([{ id: 'a', name: 'search_web', arguments: '{}' }]);
  });

  it('stops a model that never does', async () => {
    const { sendMessage } = setUp(async function* () {
      for (;;) yield { type: 'delta', text: 'x'.repeat(100_000) } as const;
    });
    await expect(sendMessage.answer(hello, { signal: never })).rejects.toThrow(/did not stop talking/);
  });

  it('waits out a database that is away for a moment when the answer is to be stored', async () => {
    const { sendMessage, store } = setUp(() => say('kept'));
    const complete = store.complete.bind(store);
    let failures = 2;
    store.complete = async (ref, answer) => {
      if (failures-- > 0) throw new Unavailable('the database is away');
      await complete(ref, answer);
    };
    expect((await sendMessage.answer(hello, { signal: never })).content).toBe('kept');
  });

  it('waits out a database that is away for a moment when the history is to be read', async () => {
    const { accepted, sendMessage, store } = setUp(() => say('read'));
    const whenReady = store.whenReady.bind(store);
    let failures = 2;
    store.whenReady = async (ref, signal) => {
      if (failures-- > 0) throw new Unavailable('the database is away');
      await whenReady(ref, signal);
    };
    const { turnId } = await sendMessage.accept(hello);
    await accepted.execute('acme', 'c');
    expect(await store.find('acme', turnId)).toMatchObject({ status: 'completed' });
  });

  it('hands an accepted turn back where the database stays away before the model is asked', async () => {
    const { accepted, sendMessage, store, requests } = setUp(() => say('later'));
    const { turnId } = await sendMessage.accept(hello);
    const now = Date.now.bind(Date);
    let passed = 0;
    store.whenReady = () => {
      passed += 20_000;
      return Promise.reject(new Unavailable('the database is away'));
    };
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + passed);
    const claimNext = store.claimNext.bind(store);
    let claims = 0;
    store.claimNext = (tenant, id) => (claims++ === 0 ? claimNext(tenant, id) : Promise.resolve(undefined));
    try {
      await accepted.execute('acme', 'c');
    } finally {
      clock.mockRestore();
    }
    expect(await store.find('acme', turnId)).toMatchObject({ status: 'processing' });
    expect(store.runnable()).toEqual([{ tenant: 'acme', conversationId: 'c' }]);
    expect(requests).toEqual([]);
  });

  it('tells the caller when the conversation was deleted meanwhile', async () => {
    const { sendMessage, conversations } = setUp(async function* () {
      await conversations.delete('acme', 'c');
      yield* say('too late');
    });
    await expect(sendMessage.answer(hello, { signal: never })).rejects.toThrow(TurnLost);
    expect(await conversations.find('acme', 'c')).toBeUndefined();
  });
});

describe('draining', () => {
  it('refuses new turns, waits for running ones, then stops them and hands back what others can run', async () => {
    const { sendMessage, accepted, store, active } = setUp((_request, signal) => hang(signal, 'half'));
    const sync = sendMessage.answer(hello, { signal: never });
    const durable = await sendMessage.accept({ ...hello, conversationId: 'd' });
    const worker = accepted.execute('acme', 'd');
    await new Promise(setImmediate);
    const drained = active.drain(10);
    await expect(sendMessage.answer(hello, { signal: never })).rejects.toThrow(Unavailable);
    await expect(sync).rejects.toThrow(Unavailable);
    await Promise.all([drained, worker]);
    expect(await store.find('acme', durable.turnId)).toMatchObject({ status: 'processing' });
    expect(store.runnable()).toEqual([{ tenant: 'acme', conversationId: 'd' }]);
    expect(active.size).toBe(0);
  });
});
