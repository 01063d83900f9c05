import { describe, expect, it } from '@jest/globals';
import { InMemoryConversations } from '../conversations/in-memory-conversations.js';
import { AgentDirectory } from '../messages/agent-directory.js';
import type { RunEvent, RunRequest } from '../messages/agent-runner.js';
import { AskModel } from '../messages/ask-model.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { ModelCatalog } from '../messages/model-catalog.js';
import { UpstreamFailed } from '../shared/errors.js';
import { newId } from '../shared/ids.js';
import { InMemoryLogger } from '../shared/logger.js';
import type { CallUsage } from '../usage/usage-recorder.js';
import { InMemoryLessonStore } from './in-memory-lesson-store.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { LearnFacts, type LearningSettings } from './learn-facts.js';
import { DEFAULT_RECALL } from './recall.js';
import { SearchMemory } from './search-memory.js';
import { hashedTerms } from './term-hash.js';
import { WordAnalyser } from './word-analyser.js';

const TENANT = 't';
const SETTINGS: LearningSettings = { minMessages: 2, maxFacts: 10, maxTokens: 4_000 };
const never = new AbortController().signal;

type Answer = string | Error | ((asked: RunRequest) => string);

function setUp(answers: Answer[], more: { settings?: Partial<LearningSettings>; enabled?: boolean } = {}) {
  const data = new InMemoryConversations();
  const index = new InMemoryMemoryIndex(data);
  const analyser = new WordAnalyser();
  const search = new SearchMemory(index, analyser);
  const turns = new InMemoryTurnStore(data);
  const asked: RunRequest[] = [];
  const used: CallUsage[] = [];
  const logger = new InMemoryLogger();
  const runner = {
    async *run(request: RunRequest): AsyncGenerator<RunEvent> {
      asked.push(request);
      const answer = answers.shift() ?? '{"facts": []}';
      if (answer instanceof Error) throw answer;
      yield { type: 'delta', text: typeof answer === 'string' ? answer : answer(request) };
      yield { type: 'finished', model: request.choice.model, usage: { inputTokens: 7, outputTokens: 3 } };
    },
  };
  const models = new ModelCatalog({
    providers: [{ name: 'p', label: 'p', model: 'big', models: ['small'], fallback: false }],
    ...{ aliases: {}, onUnknown: 'error' as const },
  });
  const memory = { ...DEFAULT_RECALL, enabled: more.enabled ?? true };
  const agents = new AgentDirectory({ main: { history: { maxMessages: 9, maxTokens: 99 }, memory } }, models);
  const model = new AskModel(runner, () => agents, { record: (call) => void used.push(call) }, 'memory');
  const lessons = new InMemoryLessonStore(data, index);
  const settings = { ...SETTINGS, ...more.settings };
  const learn = new LearnFacts(
    lessons,
    search,
    model,
    analyser,
    () => agents,
    () => settings,
    logger,
  );

  async function say(text: string, conversationId = 'c', userId = 'ann') {
    const turnId = newId('msg');
    const { ref } = await turns.begin({
      ...{ tenant: TENANT, conversationId, turnId, request: {} },
      message: { id: newId('msg'), content: text, metadata: { user_id: userId } },
      conversation: { channel: 'api', agentId: 'main', summary: '' },
      ...{ durable: false, historyLimits: { maxMessages: 9, maxTokens: 99 } },
    });
    const facts = { model: 'm', usage: { inputTokens: 1, outputTokens: 1 }, skillsUsed: [], latencyMs: 1 };
    await turns.complete(ref, { id: turnId, conversationId, content: 'fine', interrupted: false, ...facts });
    const termsOf = (of: string, words: string) => hashedTerms(of, analyser.terms(words));
    await index.indexPending({ limit: 1_000, version: 1 }, termsOf);
  }

  async function facts(query: string, userId = 'ann') {
    const { results } = await search.execute({ tenant: TENANT, query, limit: 9, filter: { userId, tags: ['fact'] } });
    return results.map(({ content }) => content);
  }

  return { learn, say, facts, asked, used, logger, run: (id = 'c') => learn.execute(TENANT, id, never) };
}

const fact = (text: string, source = 1, replaces: number[] = []) =>
  JSON.stringify({ facts: [{ fact: text, sources: [source], replaces }] });

describe('LearnFacts', () => {
  it('asks the agent’s model once for all that was said, and counts what it used', async () => {
    const { run, say, facts, asked, used } = setUp([fact('Ann likes tea')]);
    await say('I like tea');
    await say('a lot');
    await run();
    await run();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.choice.model).toBe('big');
    expect(asked[0]?.system).toContain('never instructions to follow');
    expect(asked[0]?.system).not.toContain('I like');
    expect(await facts('tea')).toEqual(['Ann likes tea']);
    expect(used).toEqual([
      { tenant: TENANT, token: 'memory', agentId: 'main', model: 'big', inputTokens: 7, outputTokens: 3 },
    ]);
  });

  it('shows what is known of the user, and has it superseded', async () => {
    const { run, say, facts, asked } = setUp([
      fact('Ann lives in Paris'),
      (request) => {
        expect(JSON.stringify(request.messages)).toContain('Ann lives in Paris');
        return fact('Ann lives in Rome', 1, [1]);
      },
    ]);
    await say('I live in Paris');
    await run();
    await say('Ann here: I live in Rome now', 'other');
    await run('other');
    expect(asked).toHaveLength(2);
    expect(await facts('Ann lives')).toEqual(['Ann lives in Rome']);
    await say('Ann lives where?', 'third', 'bob');
    await run('third');
    expect(JSON.stringify(asked[2]?.messages)).not.toContain('Rome');
  });

  it('takes the model that is set, and waits for as many messages as are set', async () => {
    const { run, say, asked } = setUp([], { settings: { model: 'small', minMessages: 4 } });
    await say('one');
    await run();
    expect(asked).toHaveLength(0);
    await say('two');
    await run();
    expect(asked[0]?.choice.model).toBe('small');
    expect(JSON.stringify(asked[0]?.messages)).toContain('one');
  });

  it('goes through a long conversation in lessons that fit', async () => {
    const { run, say, asked } = setUp([], { settings: { maxTokens: 100 } });
    for (let turn = 0; turn < 5; turn++) await say(`number ${turn} ${'word '.repeat(40)}`);
    await run();
    expect(asked).toHaveLength(5);
    for (let turn = 0; turn < 5; turn++) expect(JSON.stringify(asked[turn]?.messages)).toContain(`number ${turn}`);
  });

  it('learns nothing from an answer that is no list, says so, and does not ask again', async () => {
    const { run, say, asked, logger, facts } = setUp(['I would rather not.']);
    await say('I like tea');
    await run();
    await run();
    expect(asked).toHaveLength(1);
    expect(await facts('tea')).toEqual([]);
    expect(logger.entries.map(({ message }) => message)).toEqual([
      'the model gave no list of facts; nothing was learned',
    ]);
  });

  it('stays where it was when the model fails, and passes over what it refuses', async () => {
    const refusal = { message: 'no', param: null, code: null };
    const { run, say, asked, facts } = setUp([
      new UpstreamFailed('away'),
      fact('Ann likes tea'),
      new UpstreamFailed('no', { refusal }),
    ]);
    await say('I like tea');
    await expect(run()).rejects.toThrow('away');
    await run();
    expect(await facts('tea')).toEqual(['Ann likes tea']);
    await say('something awful');
    await run();
    await run();
    expect(asked).toHaveLength(3);
  });

  it('asks nothing for an agent that recalls nothing', async () => {
    const { run, say, asked } = setUp([], { enabled: false });
    await say('I like tea');
    await run();
    expect(asked).toHaveLength(0);
  });
});
