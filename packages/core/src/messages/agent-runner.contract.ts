import assert from 'node:assert/strict';
import type { Declare } from '../shared/contract-suite.js';
import { type AgentRunner, ProviderError, type RunEvent, type RunRequest, piecesOf } from './agent-runner.js';

export interface AgentRunnerFixture {
  /** Its model repeats the last message somewhere in its answer. */
  runner: AgentRunner;
  stop(): Promise<void>;
}

const never = new AbortController().signal;
const TEXTS = {
  'of several scripts': '안녕하세요 여러분 🎉 café naïve',
  'without spaces': '長い文章でも壊れません'.repeat(200),
  'of joined emoji': '👩‍👩‍👧‍👦'.repeat(50),
  'of several lines': 'a\nb\r\nc\td',
};

export function runRequest(content: string, more: Partial<RunRequest> = {}): RunRequest {
  return {
    choice: { provider: 'test', model: 'model-a' },
    system: undefined,
    messages: [{ role: 'user', content }],
    ...more,
  };
}

export interface CollectedRun {
  text: string;
  deltas: string[];
  last: RunEvent | undefined;
}

export async function collectRun(events: AsyncIterable<RunEvent>): Promise<CollectedRun> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  const deltas = all.flatMap((event) => (event.type === 'delta' ? piecesOf(event) : []));
  return { text: deltas.join(''), deltas, last: all.at(-1) };
}

/** The `ProviderError` that a run ends with; throws when it ends in any other way. */
export async function failureOf(events: AsyncIterable<RunEvent>): Promise<ProviderError> {
  try {
    await collectRun(events);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw new Error(`not a ProviderError: ${String(error)}`, { cause: error });
  }
  throw new Error('it went well');
}

/** `make` gives a runner of its own to each test. */
export function agentRunnerContract(it: Declare, make: () => Promise<AgentRunnerFixture>): void {
  const test = (name: string, use: (runner: AgentRunner) => Promise<void>) =>
    it(name, async () => {
      const { runner, stop } = await make();
      try {
        await use(runner);
      } finally {
        await stop();
      }
    });

  test('streams the answer in deltas and ends with `finished`, which names the model and counts tokens', async (runner) => {
    const { text, deltas, last } = await collectRun(runner.run(runRequest('one two three four'), never));
    assert.ok(text.includes('one two three four'), text);
    assert.ok(deltas.length > 1);
    assert.ok(!deltas.includes(''));
    assert.ok(last?.type === 'finished');
    assert.equal(last.model, 'model-a');
    assert.ok((last.usage?.inputTokens ?? 0) > 0);
    assert.ok((last.usage?.outputTokens ?? 0) > 0);
  });

  for (const [kind, content] of Object.entries(TEXTS)) {
    test(`keeps every character of a text ${kind} whole`, async (runner) => {
      const { text, deltas } = await collectRun(runner.run(runRequest(content), never));
      assert.ok(text.includes(content), text);
      assert.ok(deltas.every((delta) => delta.isWellFormed()));
    });
  }

  test('answers the last message of a longer conversation', async (runner) => {
    const request = runRequest('', {
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'second' },
        { role: 'user', content: 'third' },
      ],
      maxTokens: 100,
      temperature: 0.5,
    });
    assert.match((await collectRun(runner.run(request, never))).text, /third/);
  });

  test('runs many at once', async (runner) => {
    const texts = Array.from({ length: 20 }, (_, no) => `message number ${no}.`);
    const answers = await Promise.all(texts.map((text) => collectRun(runner.run(runRequest(text), never))));
    answers.forEach(({ text }, no) => assert.ok(text.includes(`message number ${no}.`), text));
  });

  test("throws the signal's reason when it was aborted before the start", async (runner) => {
    const reason = new Error('not any more');
    const outcome = collectRun(runner.run(runRequest('hello'), AbortSignal.abort(reason)));
    await assert.rejects(outcome, (error) => error === reason);
  });

  test('can be left in the middle of an answer', async (runner) => {
    for await (const event of runner.run(runRequest('one two three'), never)) {
      assert.equal(event.type, 'delta');
      break;
    }
    assert.match((await collectRun(runner.run(runRequest('again'), never))).text, /again/);
  });

  test('gives a sign of life', (runner) => runner.check(never));
}
