import type { Logger } from '../shared/logger.js';
import { estimateTokens } from '../messages/history.js';
import { fence } from '../messages/fence.js';
import { plainText, type PromptMessage } from '../messages/prompt.js';
import type { HistoryMessage } from '../messages/turn.js';
import type { MemoryFilter } from './memory-entry.js';
import type { MemoryIndex } from './memory-index.js';
import type { MemoryHit, SearchMemory } from './search-memory.js';

export type RecallScope = 'conversation' | 'user' | 'agent' | 'tenant';

/** What an agent recalls before it answers. */
export interface RecallSettings {
  enabled: boolean;
  /** When left out: `user` where the channel knows the user, else `conversation`. */
  scope?: RecallScope;
  /** Entries. */
  limit: number;
  /** Estimated tokens of all of them. */
  maxTokens: number;
  /** 0…1 */
  minScore: number;
}

export const DEFAULT_RECALL: RecallSettings = { enabled: true, limit: 5, maxTokens: 1_000, minScore: 0.3 };

export interface RecallRequest {
  tenant: string;
  conversationId: string;
  agentId: string;
  userId: string | undefined;
  /** What the user says now. */
  text: string;
  /** What the model is given anyway: not recalled. */
  history: Pick<PromptMessage, 'content'>[];
  /** The place in the conversation from which on the history has everything; 0: it has all of it. */
  historyFrom: number;
  /** Whether there are notes in the session of the conversation's name; looked up where it is not known. */
  notes?: boolean | undefined;
  settings: RecallSettings;
}

/** The model does not wait longer for it. */
const BUDGET_MS = 150;
/** What the words have found is recalled where what it means is not known by then. */
const SHARE_OF_MEANING = 2 / 3;
/** Some of what is found says the same as the history, or as the message. */
const SPARE = 10;
/** Of a text that is longer, its beginning asks. */
const LONGEST_QUERY = 2_000;

/** Finds what was said before and matters now. A turn never fails for it: it goes on without. */
export class Recall {
  constructor(
    private readonly search: Pick<SearchMemory, 'execute'>,
    private readonly notes: Pick<MemoryIndex, 'hasNotes'>,
    private readonly logger: Logger,
    private readonly budgetMs = BUDGET_MS,
  ) {}

  /** A message of role user, fenced as text from outside; undefined where there is nothing to recall, or not in time. */
  async execute(request: RecallRequest): Promise<HistoryMessage | undefined> {
    const { tenant, text, settings } = request;
    if (!settings.enabled || settings.limit === 0) return undefined;
    const limit = Math.min(100, settings.limit + SPARE);
    const filter = scopeOf(request);
    const query = {
      tenant,
      query: text.slice(0, LONGEST_QUERY),
      limit,
      minScore: settings.minScore,
      filter,
      first: { many: settings.limit, enough: (hits: MemoryHit[]) => chosen(hits, request).length === settings.limit },
      known: { conversationId: request.conversationId, from: request.historyFrom },
      // What was said in this conversation a moment ago is in its history.
      asIndexed: filter.conversationId !== undefined,
      patienceMs: this.budgetMs * SHARE_OF_MEANING,
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.budgetMs);
    });
    try {
      const searched = this.mayFind(request, filter).then((may) => (may ? this.search.execute(query) : undefined));
      // One that fails after its time has been given up.
      searched.catch(() => undefined);
      const hits = await Promise.race([searched, late]);
      if (hits === 'late') {
        this.logger.debug('nothing was recalled in time', {
          conversation: request.conversationId,
          budgetMs: this.budgetMs,
        });
        return undefined;
      }
      return hits && message(chosen(hits.results, request));
    } catch (error) {
      this.logger.warn('nothing could be recalled', { error, conversation: request.conversationId });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Most turns are of a conversation that the model sees whole: there is nothing else in it unless somebody put notes there. */
  private async mayFind(
    { tenant, historyFrom, notes }: RecallRequest,
    { conversationId }: MemoryFilter,
  ): Promise<boolean> {
    return historyFrom > 0 || conversationId === undefined || (notes ?? this.notes.hasNotes(tenant, conversationId));
  }
}

function scopeOf({ settings, userId, agentId, conversationId }: RecallRequest): MemoryFilter {
  const scope = settings.scope ?? (userId === undefined ? 'conversation' : 'user');
  switch (scope) {
    case 'tenant':
      return {};
    case 'agent':
      return { agentId };
    case 'user':
      return userId === undefined ? { conversationId } : { userId };
    case 'conversation':
      return { conversationId };
  }
}

/** Without what the model sees anyway: the message itself, and the history. */
function chosen(hits: MemoryHit[], { history, text, settings }: RecallRequest): MemoryHit[] {
  const seen = new Set([text, ...history.map(({ content }) => plainText(content))]);
  const taken: MemoryHit[] = [];
  let tokens = 0;
  for (const hit of hits) {
    if (taken.length === settings.limit) break;
    if (seen.has(hit.content)) continue;
    const cost = estimateTokens(hit.content);
    if (tokens + cost > settings.maxTokens) continue;
    tokens += cost;
    seen.add(hit.content);
    taken.push(hit);
  }
  return taken;
}

function message(hits: MemoryHit[]): HistoryMessage | undefined {
  if (hits.length === 0) return undefined;
  const pieces = hits
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .map(
      ({ createdAt, author, role, content }) => `[${createdAt.toISOString()}, ${author ?? role ?? 'note'}]\n${content}`,
    );
  return { role: 'user', content: fence('memory of earlier conversations', pieces.join('\n\n')) };
}
