import type { RecallSettings } from '../memory/recall.js';
import type { HistoryLimits } from './history.js';
import type { ModelCatalog } from './model-catalog.js';
import type { ModelChoice } from './agent-runner.js';

export const DEFAULT_AGENT = 'main';

export interface AgentSettings {
  model?: string;
  systemPrompt?: string;
  history: HistoryLimits;
  /** What it recalls; as is usual, when left out. */
  memory?: RecallSettings;
}

/** The configured agents, and which model and instructions a turn of theirs gets. */
export class AgentDirectory {
  constructor(
    private readonly agents: Record<string, AgentSettings>,
    readonly models: ModelCatalog,
  ) {}

  /** The agents' ids. */
  list(): string[] {
    return Object.keys(this.agents);
  }

  has(id: string): boolean {
    return Object.hasOwn(this.agents, id);
  }

  /** The agent of that id; the default agent for an id that is not configured any more. */
  get(id: string): AgentSettings {
    const agent = this.agents[Object.hasOwn(this.agents, id) ? id : DEFAULT_AGENT];
    if (!agent) throw new Error('the default agent is not configured');
    return agent;
  }

  /**
   * The turn's model: the one asked for (throws `UnknownModel`), else the conversation's, else the agent's, else the default.
   * A conversation's model that is gone from the configuration is passed over.
   */
  modelFor(agentId: string, asked: string | undefined, conversationModel: string | undefined): ModelChoice {
    if (asked !== undefined) return this.models.resolve(asked);
    if (conversationModel !== undefined) {
      const known = this.models.find(conversationModel);
      if (known) return known;
    }
    const own = this.get(agentId).model;
    return own === undefined ? this.models.default : this.models.resolve(own);
  }
}
