import type { Clock } from '../shared/clock.js';
import { InvalidInput, Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { arrangeArguments } from './arrange-arguments.js';
import type { InputChecker } from './input-checker.js';
import type { SkillCatalog } from './skill-catalog.js';
import type { RunnableSkill, SkillRuntime } from './skill-runtime.js';
import type { SkillSettings } from './skill-settings.js';
import type { SkillShelf } from './skill-shelf.js';
import type { SkillStore } from './skill-store.js';
import type { JsonSchema, Skill, SkillTool } from './skill.js';

export interface ExecuteSkillCommand {
  tenant: string;
  name: string;
  /** An object, or a list: see `arrangeArguments`. */
  args: unknown;
  /** Of a skill that has several functions. */
  tool?: string;
  session?: string;
}

export interface SkillResult {
  /** A JSON value. */
  result: unknown;
  /** Of the skill alone. */
  seconds: number;
}

/** Runs a skill once, for a caller or for an agent, and counts it. */
export class ExecuteSkill {
  /** By digest: what `mcp` skills have said of themselves. */
  private readonly asked = new Map<string, Promise<SkillTool[]>>();

  constructor(
    private readonly catalog: Pick<SkillCatalog, 'find' | 'mustBeAllowed'>,
    private readonly store: Pick<SkillStore, 'packed' | 'countUse'>,
    private readonly shelf: Pick<SkillShelf, 'folder' | 'text'>,
    private readonly runtime: Pick<SkillRuntime, 'run' | 'tools'>,
    private readonly checker: InputChecker,
    private readonly settings: () => SkillSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Throws `NotFound`, `Forbidden` by the policy, `InvalidInput` for arguments that the skill's schema does not allow, `SkillFailed` with the
   * skill's own words, `Unavailable` when it is off or nothing isolates it, and the signal's reason.
   */
  async execute(command: ExecuteSkillCommand, signal: AbortSignal): Promise<SkillResult> {
    const { tenant, name } = command;
    const skill = await this.catalog.find(name);
    this.catalog.mustBeAllowed(skill);
    if (!this.settings().of(name).enabled)
      throw new Unavailable(`The skill "${name}" is switched off (skills.${name}.enabled)`, { retryAfterSeconds: 60 });
    const runnable = await this.runnable(skill, tenant);
    const call = await this.callOf(skill, runnable, command, signal);
    const began = performance.now();
    try {
      const result =
        skill.manifest.kind === 'instructions'
          ? await this.read(runnable, call.args)
          : await this.runtime.run(runnable, call, signal);
      return { result, seconds: secondsSince(began) };
    } catch (error) {
      this.logger.info('skill failed', {
        skill: name,
        version: skill.manifest.version,
        seconds: secondsSince(began),
        error,
      });
      throw error;
    } finally {
      await this.count(tenant, name);
    }
  }

  /** The functions of an `mcp` skill; asks it the first time. Throws like `execute`. */
  async tools(skill: Skill, tenant: string, signal: AbortSignal): Promise<SkillTool[]> {
    if (skill.tools) return skill.tools;
    let tools = this.asked.get(skill.digest);
    if (!tools) {
      tools = this.runnable(skill, tenant).then((runnable) => this.runtime.tools(runnable, signal));
      this.asked.set(skill.digest, tools);
      tools.catch(() => this.asked.delete(skill.digest));
    }
    return tools;
  }

  private async runnable(skill: Skill, tenant: string): Promise<RunnableSkill> {
    const { manifest, digest } = skill;
    const folder = await this.shelf.folder(skill, () => this.store.packed(manifest.name, digest));
    return { manifest, digest, folder, tenant, settings: this.settings().of(manifest.name) };
  }

  private async callOf(skill: Skill, { tenant }: RunnableSkill, command: ExecuteSkillCommand, signal: AbortSignal) {
    const session = command.session === undefined ? {} : { session: command.session };
    if (skill.manifest.kind !== 'mcp') {
      const schema = skill.manifest.kind === 'instructions' ? INSTRUCTIONS_INPUT : skill.manifest.inputSchema;
      return { args: await this.checked(command.args, schema), ...session };
    }
    const tool = toolOf(skill, await this.tools(skill, tenant, signal), command.tool);
    return { args: await this.checked(command.args, tool.inputSchema), tool: tool.name, ...session };
  }

  private async checked(given: unknown, schema: JsonSchema | undefined): Promise<unknown> {
    const args = arrangeArguments(given, schema);
    const problems = schema ? await this.checker.problems(schema, args) : [];
    if (problems.length === 0) return args;
    throw InvalidInput.fields(
      problems.map(({ field, message }) => {
        const path = field === '' ? 'args' : `args.${field}`;
        return { field: path, message: `${path} ${message}` };
      }),
    );
  }

  /** What a skill of text has to say: its instructions, or one of the files that they speak of. */
  private async read({ folder, manifest }: RunnableSkill, args: unknown): Promise<string> {
    const file = (args as { file?: unknown } | null)?.file;
    return typeof file === 'string' ? this.shelf.text(folder, file) : manifest.body;
  }

  /** That a use could not be counted must cost nobody its result. */
  private async count(tenant: string, name: string): Promise<void> {
    try {
      await this.store.countUse(tenant, name, this.clock.now());
    } catch (error) {
      this.logger.warn('the use of a skill could not be counted', { skill: name, error });
    }
  }
}

/** What every skill of text takes. */
export const INSTRUCTIONS_INPUT: JsonSchema = {
  type: 'object',
  properties: {
    file: { type: 'string', description: 'A file that the instructions speak of, instead of the instructions.' },
  },
};

function toolOf({ manifest: { name } }: Skill, tools: SkillTool[], asked: string | undefined): SkillTool {
  const found =
    asked === undefined && tools.length === 1 ? tools[0] : tools.find((tool) => tool.name === (asked ?? name));
  if (found) return found;
  const available = tools.map((tool) => tool.name);
  const message =
    asked === undefined
      ? `The skill "${name}" has several tools; name one as "tool": ${available.join(', ')}`
      : `The skill "${name}" has no tool "${asked}". Available: ${available.join(', ')}`;
  throw new InvalidInput(message, { details: { errors: [{ field: 'tool', message }], available } });
}

function secondsSince(began: number): number {
  return Math.round(performance.now() - began) / 1_000;
}
