import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AgentRunner, ProviderError, type RunEvent, type RunRequest } from '@openclaw/core';

/** A runner under test, and what there is to clean up after it. */
export interface RunnerUnderTest {
  runner: AgentRunner;
  stop(): Promise<void>;
}

export function requestOf(content: string, more: Partial<RunRequest> = {}): RunRequest {
  return {
    choice: { provider: 'test', model: 'model-a' },
    system: undefined,
    messages: [{ role: 'user', content }],
    ...more,
  };
}

export async function collect(events: AsyncIterable<RunEvent>): Promise<{ text: string; deltas: string[]; last: RunEvent | undefined }> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  const deltas = all.flatMap((event) => (event.type === 'delta' ? [event.text] : []));
  return { text: deltas.join(''), deltas, last: all.at(-1) };
}

export async function failureOf(events: AsyncIterable<RunEvent>): Promise<ProviderError> {
  try {
    await collect(events);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw new Error(`not a ProviderError: ${String(error)}`, { cause: error });
  }
  throw new Error('it went well');
}

/** What the port promises, of a runner whose model repeats the last message somewhere in its answer. */
export function describeAgentRunner(name: string, start: () => Promise<RunnerUnderTest>): void {
  describe(`${name} as an AgentRunner`, () => {
    let subject: RunnerUnderTest;
    const signal = () => new AbortController().signal;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject.stop());

    it('streams the answer in deltas and ends with `finished`, which names the model and counts tokens', async () => {
      const { text, deltas, last } = await collect(subject.runner.run(requestOf('one two three four'), signal()));
      expect(text).toContain('one two three four');
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas).not.toContain('');
      expect(last).toEqual({
        type: 'finished',
        model: 'model-a',
        usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      });
    });

    it.each(['안녕하세요 여러분 🎉 café naïve', '長い文章でも壊れません'.repeat(200), '👩‍👩‍👧‍👦'.repeat(50), 'a\nb\r\nc\td'])(
      'keeps every character whole: %j',
      async (content) => {
        const { text, deltas } = await collect(subject.runner.run(requestOf(content), signal()));
        expect(text).toContain(content);
        expect(deltas.every((delta) => delta.isWellFormed())).toBe(true);
      },
    );

    it('answers the last message of a longer conversation', async () => {
      const request = requestOf('', {
        system: 'Be brief.',
        messages: [
          { role: 'user', content: 'first' },
          { role: 'assistant', content: 'second' },
          { role: 'user', content: 'third' },
        ],
        maxTokens: 100,
        temperature: 0.5,
      });
      expect((await collect(subject.runner.run(request, signal()))).text).toContain('third');
    });

    it('runs many at once', async () => {
      const texts = Array.from({ length: 20 }, (_, no) => `message number ${no}`);
      const answers = await Promise.all(texts.map((text) => collect(subject.runner.run(requestOf(text), signal()))));
      answers.forEach(({ text }, no) => expect(text).toContain(`message number ${no}`));
    });

    it("throws the signal's reason when it was aborted before the start", async () => {
      const reason = new Error('not any more');
      await expect(collect(subject.runner.run(requestOf('hello'), AbortSignal.abort(reason)))).rejects.toBe(reason);
    });

    it('can be left in the middle of an answer', async () => {
      for await (const event of subject.runner.run(requestOf('one two three'), signal())) {
        expect(event.type).toBe('delta');
        break;
      }
      expect((await collect(subject.runner.run(requestOf('again'), signal()))).text).toContain('again');
    });

    it('gives a sign of life', async () => {
      await subject.runner.check(signal());
    });
  });
}
