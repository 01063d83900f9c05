import { SkillFailed } from '@openclaw/core';
import { parse } from 'yaml';

const LONGEST = 16 * 1024;
const FRONTMATTER = /^\uFEFF?---[ \t]*\r?\n(.*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/s;

export interface Frontmatter {
  values: Record<string, unknown>;
  /** What comes after it. */
  body: string;
}

/**
 * Splits a SKILL.md. Descriptions with a colon in them are no YAML, but what many skills for other agents have: those are read line by line.
 * Throws `SkillFailed`.
 */
export function readFrontmatter(text: string): Frontmatter {
  const found = FRONTMATTER.exec(text.slice(0, LONGEST));
  if (!found) throw new SkillFailed('SKILL.md has no frontmatter between lines of ---');
  const [whole, yaml = ''] = found;
  return { values: valuesOf(yaml), body: text.slice(whole.length).trim() };
}

function valuesOf(yaml: string): Record<string, unknown> {
  let values: unknown;
  try {
    values = parse(yaml, { schema: 'core', maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    values = lineByLine(yaml);
    if (!values) throw new SkillFailed("The frontmatter of SKILL.md can't be read", { cause: error });
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Record<string, unknown>;
  throw new SkillFailed('The frontmatter of SKILL.md has no members');
}

/** Plain members only; undefined where there is anything else. */
function lineByLine(yaml: string): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const line of yaml.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    values[name] = value.trim();
  }
  return values;
}
