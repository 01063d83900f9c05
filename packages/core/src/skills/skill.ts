/** How a skill works: by text that the model reads, by a JavaScript function, or by a server that speaks the Model Context Protocol. */
export type SkillKind = 'instructions' | 'function' | 'mcp';

export const SKILL_PERMISSIONS = ['network', 'filesystem', 'shell'] as const;
export type SkillPermission = (typeof SKILL_PERMISSIONS)[number];
export type SkillPermissions = Record<SkillPermission, boolean>;

export type JsonSchema = Record<string, unknown>;

/** What a skill says of itself. It comes from outside: its reader has bounded and checked it. */
export interface SkillManifest {
  name: string;
  version: string;
  description: string;
  kind: SkillKind;
  /** Of the kinds that run: the file, relative to the skill's root. */
  entry?: string;
  permissions: SkillPermissions;
  /** Of a `function`: what it takes. */
  inputSchema?: JsonSchema;
  license?: string;
  compatibility?: string;
  allowedTools?: string[];
  /** The text of SKILL.md below its frontmatter. */
  body: string;
}

/** One function of an `mcp` skill. */
export interface SkillTool {
  name: string;
  description: string;
  inputSchema: JsonSchema;
}

/** Installed from the registry, found in one of the operator's folders, or come with the gateway. */
export type SkillSource = 'registry' | 'folder' | 'shipped';

export interface Skill {
  manifest: SkillManifest;
  source: SkillSource;
  /** SHA-256 of the tree of its files, in hex. */
  digest: string;
  installedAt: Date;
  /** Of an `mcp` skill; undefined until it was asked. */
  tools?: SkillTool[];
  /** Of a skill from the registry. */
  package?: SkillPackage;
}

/** Which package of the registry a skill is, exactly. */
export interface SkillPackage {
  name: string;
  /** Of the packed file, as the registry gave it: `sha512-…`. */
  integrity: string;
}

export interface SkillUse {
  invocations: number;
  lastUsed: Date;
}

/** Names that the configuration's `skills` has keys of its own for, so that no skill can have them. */
export const RESERVED_SKILL_NAMES: ReadonlySet<string> = new Set([
  'registry',
  'scope',
  'token',
  'policy',
  'dirs',
  'warm',
  'engine',
  'image',
  'unisolated',
  'limits',
  'concurrent',
  'install',
]);

/** As AgentSkills has it: 1 to 64 lower-case letters, digits and single hyphens. */
export function isSkillName(text: string): boolean {
  return text.length <= 64 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && !RESERVED_SKILL_NAMES.has(text);
}
