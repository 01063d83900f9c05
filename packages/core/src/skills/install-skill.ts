import type { Clock } from '../shared/clock.js';
import { SkillFailed, Unavailable } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { InputChecker } from './input-checker.js';
import type { SkillCatalog } from './skill-catalog.js';
import { mustBeAllowed } from './skill-policy.js';
import type { FetchedSkill, SkillRegistry } from './skill-registry.js';
import type { SkillRuntime } from './skill-runtime.js';
import type { SkillSettings } from './skill-settings.js';
import type { SkillShelf } from './skill-shelf.js';
import type { SkillStore } from './skill-store.js';
import type { Skill } from './skill.js';

/** Installs a skill from the registry, or puts another version in its place. */
export class InstallSkill {
  constructor(
    private readonly registry: SkillRegistry,
    private readonly store: SkillStore,
    private readonly shelf: SkillShelf,
    private readonly runtime: Pick<SkillRuntime, 'engine' | 'tools'>,
    private readonly checker: InputChecker,
    private readonly catalog: Pick<SkillCatalog, 'changed'>,
    private readonly settings: () => SkillSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * `by`: the caller, for the log. Throws `NotFound`, `Unavailable` when the registry is away or no engine could run the skill, `SkillFailed`
   * for a package that can't be used, and `Forbidden` when it asks for more than the policy grants; then everything is as it was before.
   */
  async execute(
    { name, version, tenant, by }: { name: string; version: string | undefined; tenant: string; by: string },
    signal: AbortSignal,
  ): Promise<Skill> {
    const fetched = await this.registry.fetch(name, version, signal);
    mustBeAllowed(fetched.manifest, this.settings().policy);
    const skill = await this.proven(fetched, tenant, signal);
    const before = (await this.store.list()).find((other) => other.manifest.name === skill.manifest.name);
    await this.store.save(skill, fetched.packed);
    this.catalog.changed();
    this.logger.info(before ? 'skill upgraded' : 'skill installed', {
      skill: skill.manifest.name,
      version: skill.manifest.version,
      ...(before && { version_before: before.manifest.version }),
      package: fetched.package.name,
      integrity: fetched.package.integrity,
      digest: skill.digest,
      by,
    });
    return skill;
  }

  private async proven(
    { manifest, digest, package: source, packed }: FetchedSkill,
    tenant: string,
    signal: AbortSignal,
  ) {
    if (manifest.inputSchema) await this.checker.problems(manifest.inputSchema, {});
    const skill: Skill = { manifest, digest, package: source, source: 'registry', installedAt: this.clock.now() };
    if (manifest.kind === 'instructions') return skill;
    const engine = await this.runtime.engine();
    if (engine.name === null) throw unrunnable(manifest.name, engine.reason ?? 'there is no engine to isolate it');
    if (manifest.permissions.shell && !engine.shell.available) throw unrunnable(manifest.name, engine.shell.reason);
    if (manifest.kind !== 'mcp') return skill;
    const folder = await this.shelf.folder(skill, () => Promise.resolve(packed));
    const runnable = { manifest, digest, folder, tenant, settings: this.settings().of(manifest.name) };
    const tools = await this.runtime.tools(runnable, signal);
    if (tools.length === 0) throw new SkillFailed(`The skill "${manifest.name}" has no tools`);
    for (const tool of tools) await this.checker.problems(tool.inputSchema, {});
    return { ...skill, tools };
  }
}

function unrunnable(name: string, reason: string): Unavailable {
  return new Unavailable(`The skill "${name}" could not be run here: ${reason}`, { retryAfterSeconds: 60 });
}
