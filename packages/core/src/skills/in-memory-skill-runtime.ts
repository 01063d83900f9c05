import { SkillFailed, Unavailable } from '../shared/errors.js';
import { type RunnableSkill, type SkillCall, type SkillEngine, SkillRuntime } from './skill-runtime.js';
import type { SkillTool } from './skill.js';

export type SkillFunction = (call: SkillCall, skill: RunnableSkill, signal: AbortSignal) => unknown;

/** Runs functions of the test's, which nothing isolates, in the place of skills. */
export class InMemorySkillRuntime extends SkillRuntime {
  /** By the skill's name. */
  readonly functions = new Map<string, SkillFunction>();
  readonly toolsOf = new Map<string, SkillTool[]>();
  state: SkillEngine = { name: 'bubblewrap', rootless: true, enforced: ['network'], shell: { available: true } };

  async engine(): Promise<SkillEngine> {
    return this.state;
  }

  async run(skill: RunnableSkill, call: SkillCall, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    if (this.state.name === null) throw new Unavailable(this.state.reason ?? 'there is no engine');
    const run = this.functions.get(skill.manifest.name);
    if (!run) throw new SkillFailed('it has no function');
    const left = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    return Promise.race([(async () => run(call, skill, signal))(), left]);
  }

  async tools({ manifest: { name } }: RunnableSkill): Promise<SkillTool[]> {
    const tools = this.toolsOf.get(name);
    if (!tools) throw new SkillFailed('it speaks no MCP');
    return tools;
  }

  async close(): Promise<void> {}
}
