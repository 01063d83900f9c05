import type { RunEvent, RunRequest } from './agent-runner.js';

/** In whose name the model runs. */
export interface RunPlace {
  tenant: string;
  agentId: string;
  /** Undefined where nothing of the conversation is kept. */
  conversationId: string | undefined;
}

export type SkillEvent =
  { type: 'skill-call'; skill: string } | { type: 'skill-result'; skill: string; status: 'completed' | 'failed' };

/** A model, or one that may call skills: see `ToolLoop`. */
export interface SkilledRunner {
  run(request: RunRequest, signal: AbortSignal, place: RunPlace): AsyncIterable<RunEvent | SkillEvent>;
}
