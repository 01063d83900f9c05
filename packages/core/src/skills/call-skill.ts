import { type ActiveTurns, TurnAborted } from '../messages/active-turns.js';
import { Unavailable } from '../shared/errors.js';
import type { ExecuteSkill, ExecuteSkillCommand, SkillResult } from './execute-skill.js';

/** Runs a skill for a caller who waits for it. A gateway that stops lets it come to its end, as it does with turns, and takes no new calls. */
export class CallSkill {
  constructor(
    private readonly skills: Pick<ExecuteSkill, 'execute'>,
    private readonly active: Pick<ActiveTurns, 'enter' | 'leave'>,
  ) {}

  /** Throws like `ExecuteSkill.execute`, and `Unavailable` when the gateway stops before there is a result. */
  async execute(command: ExecuteSkillCommand, signal: AbortSignal): Promise<SkillResult> {
    const running = this.active.enter();
    try {
      return await this.skills.execute(command, AbortSignal.any([signal, running.signal]));
    } catch (error) {
      if (running.signal.aborted && running.signal.reason instanceof TurnAborted)
        throw new Unavailable('The gateway is shutting down; the skill was stopped', { cause: error });
      throw error;
    } finally {
      this.active.leave(running);
    }
  }
}
