import { IsOptional } from './class-validator.js';
import { Id, ListOrObject, Name } from './rules.js';
import { type Success, successSchema } from './session-message.js';
import {
  constSchema,
  enumSchema,
  flagSchema,
  listSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
} from './openapi/schema.js';

const PACKAGE_NAME_CHARS = 214;

/** Document B: POST /api/v1/skills/install */
export class InstallSkillRequest {
  static readonly about = {
    name: { description: 'Of the package; without a scope it is looked for in `skills.scope`.' },
    version: { description: 'A version, a range or a tag.', default: 'latest' },
  };

  @Name(PACKAGE_NAME_CHARS)
  name!: string;

  @IsOptional()
  @Name(100)
  version?: string;
}

/** Document D: POST /api/v1/skills/:name/execute */
export class ExecuteSkillRequest {
  static readonly about = {
    args: { description: 'By name, or as a list in the order of the skill’s input schema.', default: {} },
    session: { description: 'Told to the skill.' },
    tool: { description: 'Which of a skill’s tools, where it has several.' },
  };

  @IsOptional()
  @ListOrObject()
  args?: unknown[] | Record<string, unknown>;

  @IsOptional()
  @Id()
  session?: string;

  @IsOptional()
  @Name(200)
  tool?: string;
}

export interface SkillInfo {
  name: string;
  version: string;
  description: string;
  status: 'active' | 'disabled' | 'refused';
  enabled: boolean;
  permissions: { network: boolean; filesystem: boolean; shell: boolean };
  installed_at: string;
  /** Of the tenant that asks; null: never. */
  last_used: string | null;
  /** Of the tenant that asks. */
  invocations: number;
  source: 'registry' | 'folder' | 'shipped';
  kind: 'instructions' | 'function' | 'mcp';
  /** Of a refused one: why. */
  reason?: string;
  /** Of one from the registry: which package it is, exactly. */
  package?: string;
  integrity?: string;
}

export interface SkillList {
  skills: SkillInfo[];
  total: number;
  success: true;
  data: { skills: SkillInfo[] };
}

export interface SkillRemoved {
  name: string;
  removed: true;
}

export type SkillExecuted = Success<{ result: unknown; executionTime: number }>;

export const skillSchema = objectSchema<SkillInfo>(
  {
    name: textSchema(),
    version: textSchema(),
    description: textSchema(),
    status: enumSchema('active', 'disabled', 'refused'),
    enabled: flagSchema(),
    permissions: objectSchema<SkillInfo['permissions']>({
      network: flagSchema(),
      filesystem: flagSchema(),
      shell: flagSchema(),
    }),
    installed_at: timeSchema(),
    last_used: { type: ['string', 'null'], format: 'date-time' },
    invocations: wholeSchema(),
    source: enumSchema('registry', 'folder', 'shipped'),
    kind: enumSchema('instructions', 'function', 'mcp'),
    reason: optional(textSchema({ description: 'Why it is refused.' })),
    package: optional(textSchema()),
    integrity: optional(textSchema()),
  },
  { title: 'Skill' },
);

export const skillListSchema = objectSchema<SkillList>(
  {
    skills: listSchema(skillSchema),
    total: wholeSchema(),
    success: constSchema(true),
    data: objectSchema<SkillList['data']>({ skills: listSchema(skillSchema) }),
  },
  { title: 'SkillList' },
);

export const skillRemovedSchema = objectSchema<SkillRemoved>(
  { name: textSchema(), removed: constSchema(true) },
  { title: 'SkillRemoved' },
);

export const skillExecutedSchema = successSchema(
  'SkillExecuted',
  objectSchema<SkillExecuted['data']>({
    result: { description: 'What the skill returned.' },
    executionTime: { type: 'number', minimum: 0, description: 'In seconds.' },
  }),
);
