import { createHash } from 'node:crypto';
import type { ToolDefinition } from '../messages/prompt.js';
import type { Logger } from '../shared/logger.js';
import { type ExecuteSkill, INSTRUCTIONS_INPUT } from './execute-skill.js';
import type { SkillCatalog } from './skill-catalog.js';
import type { Skill } from './skill.js';

/** A skill's function as the model is offered it. */
export interface OfferedSkill {
  skill: string;
  /** Of a skill that has several functions. */
  tool?: string;
  definition: ToolDefinition;
  /** Its result is the operator's own text rather than something from outside. */
  trusted: boolean;
}

/** What the model's functions may be called: what every provider takes. */
const LONGEST_FUNCTION_NAME = 64;
const LONGEST_DESCRIPTION = 1_024;
const ASKING_MS = 15_000;

/** Which skills an agent has, and how they are offered to its model. */
export class AgentSkills {
  constructor(
    private readonly catalog: Pick<SkillCatalog, 'all' | 'fresh' | 'state'>,
    private readonly execute: Pick<ExecuteSkill, 'execute' | 'tools'>,
    /** The agent's skills by name; undefined: all that the operator has brought in, not those that come with the gateway. */
    private readonly namesOf: (agentId: string) => readonly string[] | undefined,
    private readonly logger: Logger,
  ) {}

  /** True where it is known at once that the agent has none; nothing is waited for. */
  none(agentId: string): boolean {
    const names = this.namesOf(agentId);
    if (names?.length === 0) return true;
    const skills = this.catalog.fresh();
    if (!skills) return false;
    for (const skill of skills) if (isOf(names, skill)) return false;
    return true;
  }

  /** Never throws: a skill that can't be offered is left out and logged, and must not keep the agent from answering. */
  async offered(agentId: string, tenant: string): Promise<OfferedSkill[]> {
    const names = this.namesOf(agentId);
    if (names?.length === 0) return [];
    try {
      const skills = (await this.catalog.all()).filter((skill) => isOf(names, skill));
      const offers = await Promise.all(skills.map((skill) => this.offersOf(skill, tenant)));
      return offers.flat();
    } catch (error) {
      this.logger.warn('the agent answers without its skills', { agent: agentId, error });
      return [];
    }
  }

  /** Throws like `ExecuteSkill.execute`. */
  async call(
    { skill, tool }: OfferedSkill,
    args: unknown,
    { tenant, session }: { tenant: string; session?: string },
    signal: AbortSignal,
  ): Promise<unknown> {
    const command = {
      tenant,
      name: skill,
      args,
      ...(session !== undefined && { session }),
      ...(tool !== undefined && { tool }),
    };
    return (await this.execute.execute(command, signal)).result;
  }

  private async offersOf(skill: Skill, tenant: string): Promise<OfferedSkill[]> {
    const { name, description, kind, inputSchema } = skill.manifest;
    try {
      if ((await this.catalog.state(skill)).status !== 'active') return [];
      if (kind === 'mcp') {
        const tools = await this.execute.tools(skill, tenant, AbortSignal.timeout(ASKING_MS));
        return tools.map((tool) => ({
          skill: name,
          tool: tool.name,
          trusted: false,
          definition: definition(`${name}__${tool.name}`, tool.description || description, tool.inputSchema),
        }));
      }
      const text = kind === 'instructions';
      const about = text ? `${description} (Gives the instructions; call it before you do such a thing.)` : description;
      const schema = text ? INSTRUCTIONS_INPUT : (inputSchema ?? ANY_INPUT);
      return [{ skill: name, trusted: text, definition: definition(name, about, schema) }];
    } catch (error) {
      this.logger.warn('a skill is not offered', { skill: name, error });
      return [];
    }
  }
}

function isOf(names: readonly string[] | undefined, { manifest, source }: Skill): boolean {
  return names ? names.includes(manifest.name) || names.includes('*') : source !== 'shipped';
}

const ANY_INPUT = { type: 'object', properties: {}, additionalProperties: true };

function definition(name: string, description: string, parameters: Record<string, unknown>): ToolDefinition {
  const type = parameters['type'] === undefined ? { type: 'object', ...parameters } : parameters;
  return {
    name: functionName(name),
    description: description.slice(0, LONGEST_DESCRIPTION).toWellFormed(),
    parameters: type,
  };
}

/** A name that differs from others as this one does. */
function functionName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  if (plain === name && name.length <= LONGEST_FUNCTION_NAME) return name;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${plain.slice(0, LONGEST_FUNCTION_NAME - 9)}_${mark}`;
}
