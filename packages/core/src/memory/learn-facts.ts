import type { AgentDirectory } from '../messages/agent-directory.js';
import type { AskModel } from '../messages/ask-model.js';
import { estimateTokens } from '../messages/history.js';
import { UpstreamFailed } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Analyser } from './analyser.js';
import { FACT_INSTRUCTIONS, factQuestion, type KnownFact, readFacts } from './fact-prompt.js';
import { FACT_TAG, type Learned, type Lesson, type LessonStore, type NewFact } from './lesson-store.js';
import type { SearchMemory } from './search-memory.js';
import { termsBy } from './index-text.js';

export interface LearningSettings {
  /** Left out: the agent's. */
  model?: string | undefined;
  /** With fewer new messages the model is not asked yet. */
  minMessages: number;
  /** Of one call. */
  maxFacts: number;
  /** Of the conversation, in one call; estimated. */
  maxTokens: number;
}

const MOST_TURNS = 30;
const CONTEXT_TURNS = 2;
const KNOWN_FACTS = 30;
const LONGEST_QUERY = 2_000;
/** Some models think aloud before they answer, and it counts. */
const TOKENS_TO_THINK = 1_000;
const TOKENS_PER_FACT = 150;

/** Has the model write down what is worth knowing later of what a conversation has said since the last time. */
export class LearnFacts {
  constructor(
    private readonly lessons: LessonStore,
    private readonly search: Pick<SearchMemory, 'execute'>,
    private readonly model: Pick<AskModel, 'execute'>,
    private readonly analyser: Analyser,
    private readonly agents: () => AgentDirectory,
    private readonly settings: () => LearningSettings,
    private readonly logger: Logger,
  ) {}

  /**
   * Lesson after lesson until there is nothing new. What breaks off has moved on by whole lessons: it may be called again, on any replica.
   * Throws what the model throws, unless trying it again is of no use.
   */
  async execute(tenant: string, conversationId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const found = await this.lessons.next(tenant, conversationId, { turns: MOST_TURNS, context: CONTEXT_TURNS });
      if (!found) return;
      const settings = this.settings();
      const lesson = cut(found, settings.maxTokens);
      const fresh = lesson.messages.filter(({ turnNo }) => turnNo > lesson.learned);
      if (fresh.length < settings.minMessages && lesson.messages.length === found.messages.length) return;
      const until = Math.max(...fresh.map(({ turnNo }) => turnNo));
      const recalls = this.agents().get(lesson.agentId).memory?.enabled !== false;
      const worthIt = recalls && fresh.some(({ role }) => role === 'user');
      const { facts, model } = worthIt ? await this.ask(lesson, settings, signal) : NOTHING;
      const learned = await this.lessons.learn(
        lesson,
        { until, facts, model },
        termsBy(this.analyser),
        this.analyser.version,
      );
      // Somebody else was faster, or the conversation is gone: the next look tells.
      if (learned) this.tell(lesson, learned);
    }
  }

  private async ask(lesson: Lesson, settings: LearningSettings, signal: AbortSignal): Promise<Outcome> {
    const { tenant, agentId, conversationId } = lesson;
    const { model, maxFacts } = settings;
    const known = await this.known(lesson);
    const text = factQuestion(lesson, known, maxFacts);
    const maxTokens = TOKENS_TO_THINK + maxFacts * TOKENS_PER_FACT;
    try {
      const question = { tenant, agentId, model, instructions: FACT_INSTRUCTIONS, text, maxTokens };
      const answer = await this.model.execute(question, signal);
      const facts = readFacts(answer.text, lesson, known, maxFacts);
      if (!facts)
        this.logger.warn('the model gave no list of facts; nothing was learned', {
          conversation: conversationId,
          model: answer.model,
          length: answer.text.length,
        });
      return { facts: facts ?? [], model: answer.model };
    } catch (error) {
      if (!(error instanceof UpstreamFailed && error.refusal)) throw error;
      this.logger.warn('the model refused to look for facts; nothing was learned', {
        error,
        conversation: conversationId,
      });
      return NOTHING;
    }
  }

  /** What is known of the same owner and comes nearest to what was said. */
  private async known({ tenant, userId, conversationId, messages }: Lesson): Promise<KnownFact[]> {
    const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    const { results } = await this.search.execute({
      tenant,
      query: said.join('\n').slice(-LONGEST_QUERY).toWellFormed(),
      limit: KNOWN_FACTS,
      filter: {
        type: 'long-term',
        tags: [FACT_TAG],
        ...(userId === undefined ? { conversationId } : { userId }),
      },
      asIndexed: true,
    });
    return results.map(({ id, content }) => ({ id, content }));
  }

  private tell({ conversationId }: Lesson, learned: Learned): void {
    if (learned.added > 0) this.logger.info('facts learned', { conversation: conversationId, ...learned });
  }
}

interface Outcome {
  facts: NewFact[];
  model: string | undefined;
}

const NOTHING: Outcome = { facts: [], model: undefined };

/** As many whole turns as fit the tokens, at least one new one. */
function cut(lesson: Lesson, maxTokens: number): Lesson {
  let tokens = 0;
  let last = 0;
  for (const { turnNo, content } of lesson.messages) {
    tokens += estimateTokens(content);
    if (tokens > maxTokens && last > lesson.learned && turnNo > last) break;
    last = turnNo;
  }
  return { ...lesson, messages: lesson.messages.filter(({ turnNo }) => turnNo <= last) };
}
