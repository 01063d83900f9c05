import {
  isSkillName,
  type JsonSchema,
  SKILL_PERMISSIONS,
  SkillFailed,
  type SkillKind,
  type SkillManifest,
  type SkillPermissions,
} from '@openclaw/core';
import type { FileTree } from './file-tree.js';
import { readFrontmatter } from './frontmatter.js';

const LONGEST_SKILL_MD = 256 * 1024;
const LONGEST_SCHEMA = 64 * 1024;
const LONGEST_DESCRIPTION = 1_024;
const LONGEST_TEXT = 500;

/**
 * What a skill says of itself in SKILL.md, in the form that AgentSkills describes (https://agentskills.io/specification), and in the metadata
 * keys of ours. `fallbackName`: of its folder, for a skill that has no name of its own or none that fits. Throws `SkillFailed`.
 */
export function readManifest(tree: FileTree, fallbackName?: string): SkillManifest {
  const file = tree.get('SKILL.md');
  if (!file) throw new SkillFailed('The package has no SKILL.md at its root');
  if (file.length > LONGEST_SKILL_MD) throw new SkillFailed(`SKILL.md is larger than ${LONGEST_SKILL_MD} bytes`);
  const { values, body } = readFrontmatter(file.toString('utf8'));
  const metadata = flat(values['metadata']);
  const name = nameOf(values['name'], fallbackName);
  const description = text(values['description'], LONGEST_DESCRIPTION) ?? firstLine(body);
  if (description === undefined) throw new SkillFailed('SKILL.md has no description');
  const { kind, entry } = entryOf(metadata, tree);
  const inputSchema = kind === 'function' ? schemaOf(metadata['gateway.input-schema'], tree) : undefined;
  const license = text(values['license'], LONGEST_TEXT);
  const compatibility = text(values['compatibility'], LONGEST_TEXT);
  const allowedTools = listOf(values['allowed-tools']);
  return {
    name,
    version: versionOf(metadata, tree),
    description,
    kind,
    ...(entry !== undefined && { entry }),
    permissions: kind === 'instructions' ? noPermissions() : permissionsOf(metadata['gateway.permissions']),
    ...(inputSchema && { inputSchema }),
    ...(license !== undefined && { license }),
    ...(compatibility !== undefined && { compatibility }),
    ...(allowedTools && { allowedTools }),
    body: body.replaceAll('\0', ''),
  };
}

/** Members of members with a dot between their names: `gateway.entry` may be written either way. */
function flat(metadata: unknown): Record<string, unknown> {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return {};
  const { gateway, ...rest } = metadata as Record<string, unknown>;
  if (typeof gateway !== 'object' || gateway === null || Array.isArray(gateway)) return rest;
  const ours = Object.entries(gateway).map(([name, value]) => [`gateway.${name}`, value as unknown]);
  return { ...Object.fromEntries(ours), ...rest };
}

function nameOf(value: unknown, fallback: string | undefined): string {
  if (typeof value === 'string' && isSkillName(value)) return value;
  if (fallback !== undefined) {
    const slug = (typeof value === 'string' ? value : fallback)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 64);
    if (isSkillName(slug)) return slug;
  }
  throw new SkillFailed(
    `SKILL.md must have a name of 1 to 64 lower-case letters, digits and single hyphens, got ${JSON.stringify(value ?? null)}`,
  );
}

function entryOf(metadata: Record<string, unknown>, tree: FileTree): { kind: SkillKind; entry?: string } {
  const asFunction = metadata['gateway.entry'];
  const asServer = metadata['gateway.mcp'];
  if (asFunction === undefined && asServer === undefined) return { kind: 'instructions' };
  if (asFunction !== undefined && asServer !== undefined)
    throw new SkillFailed('SKILL.md names both a gateway.entry and a gateway.mcp; a skill is one of the two');
  const key = asFunction === undefined ? 'gateway.mcp' : 'gateway.entry';
  const entry = String(asFunction ?? asServer).replace(/^\.\//, '');
  if (!tree.has(entry))
    throw new SkillFailed(`The file that ${key} names is not in the package: ${JSON.stringify(entry.slice(0, 255))}`);
  if (!/\.(mjs|cjs|js)$/.test(entry)) throw new SkillFailed(`${key} must name a JavaScript file (.js, .mjs, .cjs)`);
  mustBringItsDependencies(tree);
  return { kind: asFunction === undefined ? 'mcp' : 'function', entry };
}

/** Nothing is installed along with a skill, so nobody else's code comes in by its name. */
function mustBringItsDependencies(tree: FileTree): void {
  const { dependencies } = packageJson(tree);
  if (typeof dependencies !== 'object' || dependencies === null) return;
  const missing = Object.keys(dependencies).filter((name) => !tree.has(`node_modules/${name}/package.json`));
  if (missing.length > 0)
    throw new SkillFailed(
      `The package needs ${missing.slice(0, 5).join(', ')}, which it does not bring along (bundle it, or list it in bundleDependencies)`,
    );
}

function versionOf(metadata: Record<string, unknown>, tree: FileTree): string {
  const version = packageJson(tree)['version'] ?? metadata['version'];
  const said = typeof version === 'number' ? String(version) : version;
  return typeof said === 'string' && /^[0-9A-Za-z.+-]{1,100}$/.test(said) ? said : '0.0.0';
}

export function packageJson(tree: FileTree): Record<string, unknown> {
  const file = tree.get('package.json');
  if (!file) return {};
  const value = parseJson(file, 'package.json');
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new SkillFailed('package.json is not a JSON object');
}

function noPermissions(): SkillPermissions {
  return { network: false, filesystem: false, shell: false };
}

/** Names, by blanks or commas or as a list, or an object of flags. */
function permissionsOf(value: unknown): SkillPermissions {
  const permissions = noPermissions();
  const flags = typeof value === 'object' && value !== null && !Array.isArray(value);
  const asked = flags
    ? Object.entries(value).flatMap(([name, flag]) => (flag === false || flag === 'false' ? [] : [name]))
    : (listOf(value) ?? []);
  for (const name of asked) {
    const known = SKILL_PERMISSIONS.find((permission) => permission === name);
    if (!known)
      throw new SkillFailed(
        `gateway.permissions asks for ${JSON.stringify(name.slice(0, 40))}; there are ${SKILL_PERMISSIONS.join(', ')}`,
      );
    permissions[known] = true;
  }
  return permissions;
}

/** A JSON schema: as an object, as JSON, or in a file of the package. */
function schemaOf(value: unknown, tree: FileTree): JsonSchema | undefined {
  if (value === undefined || value === null) return undefined;
  let schema: unknown = value;
  if (typeof value === 'string') {
    const inline = value.trimStart().startsWith('{');
    const file = inline ? Buffer.from(value) : tree.get(value.replace(/^\.\//, ''));
    if (!file)
      throw new SkillFailed(
        `The file that gateway.input-schema names is not in the package: ${JSON.stringify(value.slice(0, 255))}`,
      );
    if (file.length > LONGEST_SCHEMA) throw new SkillFailed(`The input schema is larger than ${LONGEST_SCHEMA} bytes`);
    schema = parseJson(file, 'gateway.input-schema');
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new SkillFailed('gateway.input-schema must be a JSON schema');
  return schema as JsonSchema;
}

function parseJson(file: Buffer, what: string): unknown {
  try {
    return JSON.parse(file.toString('utf8'));
  } catch (error) {
    throw new SkillFailed(`${what} is not JSON`, { cause: error });
  }
}

function listOf(value: unknown): string[] | undefined {
  const items =
    typeof value === 'string' ? value.split(/[\s,]+/) : Array.isArray(value) ? value.map(String) : undefined;
  return items
    ?.map((item) => item.trim().slice(0, 100))
    .filter((item) => item !== '')
    .slice(0, 100);
}

function text(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();
  return line === '' ? undefined : line.slice(0, most).toWellFormed();
}

function firstLine(body: string): string | undefined {
  return text(
    body.split(/\r?\n/).find((line) => /^[^#\s]/.test(line)),
    LONGEST_DESCRIPTION,
  );
}
