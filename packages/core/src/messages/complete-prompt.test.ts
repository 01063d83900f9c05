import { describe, expect, it } from '@jest/globals';
import { Unavailable, UpstreamFailed } from '../shared/errors.js';
import type { CallUsage } from '../usage/usage-recorder.js';
import { ActiveTurns } from './active-turns.js';
import { AgentDirectory } from './agent-directory.js';
import type { RunEvent, RunRequest } from './agent-runner.js';
import { type Caller, type CompletionEvent, CompletePrompt } from './complete-prompt.js';
import { ModelCatalog } from './model-catalog.js';

type Run = (request: RunRequest, signal: AbortSignal) => AsyncIterable<RunEvent>;

function setUp(run: Run) {
  const history = { maxMessages: 10, maxTokens: 1_000 };
  const agents = new AgentDirectory(
    { main: { history }, helper: { history, model: 'm2', systemPrompt: 'Help.' } },
    new ModelCatalog({
      providers: [{ name: 'p', model: 'm1', models: ['m2'], fallback: false }],
      aliases: {},
      onUnknown: 'error',
    }),
  );
  const active = new ActiveTurns();
  const used: CallUsage[] = [];
  const completePrompt = new CompletePrompt({ run }, () => agents, active, { record: (usage) => used.push(usage) });
  const execute = (caller: Caller = { whenLeft: () => undefined }) =>
    completePrompt.execute(
      {
        tenant: 't',
        token: 'app',
        agentId: 'helper',
        messages: [{ role: 'user', content: 'four' }],
        options: { topP: 0.5 },
        whole: false,
      },
      caller,
    );
  return { active, used, execute };
}

async function all(events: AsyncIterable<CompletionEvent>): Promise<CompletionEvent[]> {
  const told: CompletionEvent[] = [];
  for await (const event of events) told.push(event);
  return told;
}

/** Says a word, then waits until it is aborted. */
async function* endless(_request: RunRequest, signal: AbortSignal): AsyncGenerator<RunEvent> {
  yield { type: 'delta', text: 'word' };
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  throw signal.reason as Error;
}

describe('CompletePrompt', () => {
  it("asks the agent's model, its instructions first, and counts what was used", async () => {
    const requests: RunRequest[] = [];
    const { active, used, execute } = setUp(async function* (request) {
      requests.push(request);
      yield { type: 'finished', model: 'named', usage: { inputTokens: 3, outputTokens: 2 } };
    });
    await all(execute());
    expect(requests).toEqual([
      expect.objectContaining({ choice: { provider: 'p', model: 'm2' }, system: 'Help.', topP: 0.5 }),
    ]);
    expect(used).toEqual([
      { tenant: 't', token: 'app', agentId: 'helper', model: 'named', inputTokens: 3, outputTokens: 2 },
    ]);
    expect([active.size, active.statistics.total]).toEqual([0, 1]);
  });

  it('estimates where the provider sent no figures', async () => {
    const { used, execute } = setUp(async function* () {
      yield { type: 'delta', text: 'word' };
      yield { type: 'finished', model: 'm' };
    });
    expect((await all(execute())).at(-1)).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 1, estimated: true },
    });
    expect(used).toHaveLength(1);
  });

  it('ends the model call when the caller leaves, and counts what was said', async () => {
    const { active, used, execute } = setUp(endless);
    let leave = (): void => undefined;
    const events = execute({ whenLeft: (stop) => (leave = stop) });
    await events.next();
    leave();
    await expect(events.next()).rejects.toThrow('the caller left');
    expect(used).toMatchObject([{ model: 'm2', outputTokens: 1 }]);
    expect(active.size).toBe(0);
  });

  it('begins no call for a caller who has left already', async () => {
    const { active, execute } = setUp(endless);
    await expect(execute({ whenLeft: (stop) => stop() }).next()).rejects.toThrow('the caller left');
    expect(active.size).toBe(0);
  });

  it('is waited for, then ended, when the gateway shuts down, and not begun any more', async () => {
    const { active, execute } = setUp(endless);
    const events = execute();
    await events.next();
    const ended = expect(events.next()).rejects.toBeInstanceOf(Unavailable);
    await active.drain(1);
    await ended;
    expect(active.size).toBe(0);
    await expect(execute().next()).rejects.toBeInstanceOf(Unavailable);
  });

  it('stops a model that does not stop', async () => {
    const { execute } = setUp(async function* () {
      for (;;) yield { type: 'tool-call', index: 0, arguments: 'x'.repeat(100_000) };
    });
    await expect(all(execute())).rejects.toBeInstanceOf(UpstreamFailed);
  });
});
