import { describe, expect, it } from '@jest/globals';
import { UpstreamFailed } from '../shared/errors.js';
import { InMemoryLogger } from '../shared/logger.js';
import { AgentRunner, type ModelChoice, ProviderError, type RunEvent, type RunRequest } from './agent-runner.js';
import { ResilientRunner } from './resilient-runner.js';

const delta = (text: string): RunEvent => ({ type: 'delta', text });
const finished: RunEvent = { type: 'finished', model: 'm' };
const failing = (message = 'busy', more: { retryable?: boolean; retryAfterMs?: number } = {}) =>
  new ProviderError(message, { retryable: true, status: 503, ...more });
const request: RunRequest = {
  choice: { provider: 'main', model: 'm' },
  system: undefined,
  messages: [{ role: 'user', content: 'hello' }],
};

/** Plays one script per call, in order; an error in it is thrown. The last script is played again and again. */
class ScriptedRunner extends AgentRunner {
  readonly calls: RunRequest[] = [];
  closedEarly = 0;

  constructor(...scripts: (RunEvent | Error)[][]) {
    super();
    this.scripts = scripts;
  }

  private readonly scripts: (RunEvent | Error)[][];

  async *run(asked: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
    this.calls.push(asked);
    let ended = false;
    try {
      for (const step of this.scripts[Math.min(this.calls.length, this.scripts.length) - 1] ?? []) {
        signal.throwIfAborted();
        if (step instanceof Error) {
          ended = true;
          throw step;
        }
        yield step;
      }
      ended = true;
    } finally {
      if (!ended) this.closedEarly++;
    }
  }

  async check(): Promise<void> {}
}

function setUp(runners: Record<string, ScriptedRunner>, maxRetries = 2) {
  const pauses: number[] = [];
  const logger = new InMemoryLogger();
  const routes = {
    provider: (name: string) => (runners[name] ? { runner: runners[name], maxRetries } : undefined),
    fallbacksFor: (choice: ModelChoice) =>
      Object.keys(runners)
        .filter((name) => name !== choice.provider && name !== 'main')
        .map((provider) => ({ provider, model: `${provider}-model` })),
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  return { runner: new ResilientRunner(() => routes, logger, pause), pauses, logger };
}

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const { signal } = new AbortController();

describe('ResilientRunner', () => {
  it('passes a good answer on', async () => {
    const main = new ScriptedRunner([delta('a'), delta('b'), finished]);
    const { runner, pauses, logger } = setUp({ main });
    expect(await collect(runner.run(request, signal))).toEqual([delta('a'), delta('b'), finished]);
    expect(main.calls).toEqual([request]);
    expect(pauses).toEqual([]);
    expect(logger.entries).toEqual([]);
  });

  it('tries again, waiting longer each time, while a failure may pass', async () => {
    const main = new ScriptedRunner([failing()], [failing()], [delta('a'), finished]);
    const { runner, pauses, logger } = setUp({ main });
    expect(await collect(runner.run(request, signal))).toEqual([delta('a'), finished]);
    expect(pauses).toHaveLength(2);
    expect(pauses[0]).toBeGreaterThanOrEqual(125);
    expect(pauses[0]).toBeLessThanOrEqual(250);
    expect(pauses[1]).toBeGreaterThanOrEqual(250);
    expect(pauses[1]).toBeLessThanOrEqual(500);
    expect(logger.entries.map(({ attempt, next }) => [attempt, next])).toEqual([
      [1, 'retry'],
      [2, 'retry'],
    ]);
  });

  it('waits at least as long as it is asked to', async () => {
    const main = new ScriptedRunner([failing('slow down', { retryAfterMs: 5_000 })], [finished]);
    const { runner, pauses } = setUp({ main });
    await collect(runner.run(request, signal));
    expect(pauses).toEqual([5_000]);
  });

  it('turns to a fallback rather than wait for minutes', async () => {
    const main = new ScriptedRunner([failing('slow down', { retryAfterMs: 60_000 })]);
    const { runner, pauses } = setUp({ main, spare: new ScriptedRunner([delta('s'), finished]) });
    expect(await collect(runner.run(request, signal))).toEqual([delta('s'), finished]);
    expect(pauses).toEqual([]);
    expect(main.calls).toHaveLength(1);
  });

  it("turns to the fallbacks in order, each with its own model, when retries don't help", async () => {
    const main = new ScriptedRunner([failing()]);
    const spare = new ScriptedRunner([failing('forbidden', { retryable: false })]);
    const last = new ScriptedRunner([delta('l'), finished]);
    const { runner } = setUp({ main, spare, last });
    expect(await collect(runner.run(request, signal))).toEqual([delta('l'), finished]);
    expect([main, spare, last].map(({ calls }) => calls.length)).toEqual([3, 1, 1]);
    expect(last.calls[0]).toEqual({ ...request, choice: { provider: 'last', model: 'last-model' } });
  });

  it('does not repeat what will not mend', async () => {
    const main = new ScriptedRunner([failing('bad key', { retryable: false })]);
    const { runner, pauses } = setUp({ main });
    await expect(collect(runner.run(request, signal))).rejects.toThrow('bad key');
    expect(main.calls).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  it('does not try again where no retries are wanted', async () => {
    const main = new ScriptedRunner([failing()]);
    await expect(collect(setUp({ main }, 0).runner.run(request, signal))).rejects.toThrow('busy');
    expect(main.calls).toHaveLength(1);
  });

  it('gives up with the last failure, in words for the caller', async () => {
    const { runner } = setUp({
      main: new ScriptedRunner([failing('one')]),
      spare: new ScriptedRunner([failing('two')]),
    });
    const outcome = collect(runner.run(request, signal));
    await expect(outcome).rejects.toBeInstanceOf(UpstreamFailed);
    await expect(outcome).rejects.toMatchObject({ code: 'upstream_error', message: 'two', cause: { message: 'two' } });
  });

  it('says that the request was refused only where everybody refused it', async () => {
    const refusal = { message: 'too long', param: 'messages', code: 'context_length_exceeded' };
    const refused = () =>
      new ScriptedRunner([new ProviderError('x answered 400: too long', { retryable: false, status: 400, refusal })]);
    const outcome = async (runners: Record<string, ScriptedRunner>) => {
      const { runner } = setUp(runners);
      const error: unknown = await collect(runner.run(request, signal)).catch((thrown: unknown) => thrown);
      return { refusal: (error as UpstreamFailed).refusal, main: runner.state(['main'])[0]?.status };
    };
    expect(await outcome({ main: refused() })).toEqual({ refusal, main: 'ok' });
    expect(await outcome({ main: refused(), spare: refused() })).toEqual({ refusal, main: 'ok' });
    expect(await outcome({ main: refused(), spare: new ScriptedRunner([failing()]) })).toEqual({ main: 'ok' });
    expect(await outcome({ main: new ScriptedRunner([failing()]), spare: refused() })).toEqual({ main: 'down' });
  });

  it('takes a failure after the first token for final', async () => {
    const main = new ScriptedRunner([delta('a'), failing('cut')]);
    const spare = new ScriptedRunner([delta('s'), finished]);
    const { runner } = setUp({ main, spare });
    const seen: RunEvent[] = [];
    const outcome = (async () => {
      for await (const event of runner.run(request, signal)) seen.push(event);
    })();
    await expect(outcome).rejects.toThrow('cut');
    expect(seen).toEqual([delta('a')]);
    expect([main, spare].map(({ calls }) => calls.length)).toEqual([1, 0]);
  });

  it.each([[[]], [[delta('a')]]])('does not take an answer that just ends for a whole one: %j', async (script) => {
    const { runner } = setUp({ main: new ScriptedRunner(script) }, 0);
    await expect(collect(runner.run(request, signal))).rejects.toThrow('ended without a finished answer');
  });

  it('makes what the model says fit to be stored', async () => {
    const main = new ScriptedRunner([delta('a\0'), delta('\0'), finished]);
    expect(await collect(setUp({ main }).runner.run(request, signal))).toEqual([delta('a'), finished]);
  });

  it('hands on what is not the provider’s failure, and retries nothing', async () => {
    const main = new ScriptedRunner([new TypeError('our own mistake')]);
    await expect(collect(setUp({ main }).runner.run(request, signal))).rejects.toThrow(TypeError);
    expect(main.calls).toHaveLength(1);
  });

  it('answers through a fallback when the provider is configured no more, else says so', async () => {
    const spare = new ScriptedRunner([finished]);
    expect(await collect(setUp({ spare }).runner.run(request, signal))).toEqual([finished]);
    await expect(collect(setUp({}).runner.run(request, signal))).rejects.toThrow(
      'No provider named "main" is configured',
    );
  });

  it("ends with the signal's reason when it is aborted, whatever the provider says", async () => {
    const controller = new AbortController();
    const reason = new Error('the caller left');
    const main = new ScriptedRunner([delta('a'), delta('b'), finished]);
    const { runner } = setUp({ main, spare: new ScriptedRunner([finished]) });
    const events = runner.run(request, controller.signal);
    await events.next();
    controller.abort(reason);
    await expect(events.next()).rejects.toBe(reason);
    expect(runner.state(['main'])).toEqual([{ provider: 'main', status: 'unused' }]);
  });

  it('stops waiting for the next attempt when it is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('the caller left');
    const main = new ScriptedRunner([failing('slow down', { retryAfterMs: 8_000 })]);
    const routes = { provider: () => ({ runner: main, maxRetries: 5 }), fallbacksFor: () => [] };
    const logger = new (class extends InMemoryLogger {
      // The failure is logged just before the pause begins.
      protected override write(): void {
        setImmediate(() => controller.abort(reason));
      }
    })();
    await expect(collect(new ResilientRunner(() => routes, logger).run(request, controller.signal))).rejects.toBe(
      reason,
    );
    expect(main.calls).toHaveLength(1);
  });

  it('stops the provider when its consumer leaves', async () => {
    const main = new ScriptedRunner([delta('a'), delta('b'), finished]);
    for await (const event of setUp({ main }).runner.run(request, signal)) {
      expect(event).toEqual(delta('a'));
      break;
    }
    expect(main.closedEarly).toBe(1);
  });

  it("knows how each provider's last call went", async () => {
    const main = new ScriptedRunner([failing('busy')], [delta('a'), finished]);
    const { runner } = setUp({ main, spare: new ScriptedRunner([finished]), idle: new ScriptedRunner() }, 0);
    await collect(runner.run(request, signal));
    expect(runner.state(['main', 'spare', 'idle'])).toEqual([
      { provider: 'main', status: 'down', lastError: 'busy' },
      { provider: 'spare', status: 'ok' },
      { provider: 'idle', status: 'unused' },
    ]);
    await collect(runner.run(request, signal));
    expect(runner.state(['main'])).toEqual([{ provider: 'main', status: 'ok' }]);
  });
});
