import { Forbidden } from '../shared/errors.js';
import { SKILL_PERMISSIONS, type SkillManifest } from './skill.js';
import type { SkillPolicy } from './skill-settings.js';

/** Why the operator's policy does not let this skill be; undefined when it does. */
export function policyRefusal({ name, permissions }: SkillManifest, policy: SkillPolicy): string | undefined {
  if (!matchesAny(name, policy.allow)) return `skills.policy.allow does not name "${name}"`;
  const refused = SKILL_PERMISSIONS.filter(
    (permission) => permissions[permission] && !matchesAny(name, policy[permission]),
  );
  if (refused.length === 0) return undefined;
  const keys = refused.map((permission) => `skills.policy.${permission}`).join(', ');
  return `it asks for ${refused.join(' and ')}, which ${keys} ${refused.length === 1 ? 'does' : 'do'} not grant to "${name}"`;
}

/** Throws `Forbidden` with the reason. */
export function mustBeAllowed(manifest: SkillManifest, policy: SkillPolicy): void {
  const reason = policyRefusal(manifest, policy);
  if (reason !== undefined) throw new Forbidden(`The skill "${manifest.name}" is refused: ${reason}`);
}

function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern));
}

function matches(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
