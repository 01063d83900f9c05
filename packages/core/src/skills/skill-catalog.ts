import { NotFound } from '../shared/errors.js';
import type { Clock } from '../shared/clock.js';
import { mustBeAllowed, policyRefusal } from './skill-policy.js';
import type { SkillRuntime } from './skill-runtime.js';
import type { SkillSettings } from './skill-settings.js';
import type { SkillShelf } from './skill-shelf.js';
import type { SkillStore } from './skill-store.js';
import type { Skill, SkillUse } from './skill.js';

/** How old what is known of the installed skills may be: what another replica installs or removes is in force here after this. */
const FRESH_MS = 1_000;
/** While agents are at work it is read again after this, before it is too old: no call waits for that. */
const REREAD_MS = 700;
const AT_WORK_MS = 60_000;

export interface SkillState {
  skill: Skill;
  enabled: boolean;
  /** `refused`: it is there, but the policy or the lack of an engine keeps it from running. */
  status: 'active' | 'disabled' | 'refused';
  /** Of a refused one. */
  reason?: string;
  use?: SkillUse;
}

/** The skills that there are now, wherever they come from. Of those with the same name the installed one counts, then the operator's own. */
export class SkillCatalog {
  private seen: { at: number; skills: Map<string, Skill> } | undefined;
  private reading: Promise<Map<string, Skill>> | undefined;
  private rereading: NodeJS.Timeout | undefined;
  private askedAt = 0;

  constructor(
    private readonly store: SkillStore,
    private readonly shelf: SkillShelf,
    private readonly runtime: Pick<SkillRuntime, 'engine'>,
    private readonly settings: () => SkillSettings,
    private readonly clock: Clock,
  ) {}

  async all(): Promise<Skill[]> {
    return [...(this.known() ?? (await this.read())).values()];
  }

  /** All of them, where they were read a moment ago; to be asked for otherwise. */
  fresh(): Iterable<Skill> | undefined {
    return this.known()?.values();
  }

  /** Throws `NotFound`. */
  async find(name: string): Promise<Skill> {
    const skill = (this.known() ?? (await this.read())).get(name);
    if (!skill) throw new NotFound(`There is no skill "${name}"`);
    return skill;
  }

  /** Something was installed or removed here. */
  changed(): void {
    this.seen = undefined;
    this.reading = undefined;
  }

  /** Throws `Forbidden` when the policy keeps the skill from running. */
  mustBeAllowed({ manifest }: Skill): void {
    mustBeAllowed(manifest, this.settings().policy);
  }

  /** Each skill with what the tenant has used of it. */
  async states(tenant: string): Promise<SkillState[]> {
    const [skills, uses] = await Promise.all([this.all(), this.store.uses(tenant)]);
    return Promise.all(skills.map((skill) => this.state(skill, uses.get(skill.manifest.name))));
  }

  async state(skill: Skill, use?: SkillUse): Promise<SkillState> {
    const { policy, of } = this.settings();
    const { enabled } = of(skill.manifest.name);
    const reason = policyRefusal(skill.manifest, policy) ?? (await this.engineRefusal(skill));
    const status = !enabled ? 'disabled' : reason !== undefined ? 'refused' : 'active';
    return { skill, enabled, status, ...(reason !== undefined && { reason }), ...(use && { use }) };
  }

  private async engineRefusal({ manifest }: Skill): Promise<string | undefined> {
    if (manifest.kind === 'instructions') return undefined;
    const engine = await this.runtime.engine();
    if (engine.name === null) return engine.reason ?? 'there is no engine to isolate it';
    return manifest.permissions.shell && !engine.shell.available ? engine.shell.reason : undefined;
  }

  private known(): Map<string, Skill> | undefined {
    const { seen } = this;
    this.askedAt = this.clock.now().getTime();
    return seen && this.askedAt - seen.at < FRESH_MS ? seen.skills : undefined;
  }

  private read(): Promise<Map<string, Skill>> {
    if (this.reading) return this.reading;
    const at = this.clock.now().getTime();
    const reading = this.list();
    this.reading = reading;
    const isOver = (skills?: Map<string, Skill>) => {
      // Something has changed meanwhile.
      if (this.reading !== reading) return;
      this.reading = undefined;
      if (!skills) return;
      this.seen = { at, skills };
      clearTimeout(this.rereading);
      this.rereading = setTimeout(() => this.readAgain(), REREAD_MS).unref();
    };
    reading.then(isOver, () => isOver());
    return reading;
  }

  private readAgain(): void {
    const isAtWork = this.clock.now().getTime() - this.askedAt < AT_WORK_MS;
    // Who asks next is told why it fails.
    if (isAtWork) this.read().catch(() => undefined);
  }

  private async list(): Promise<Map<string, Skill>> {
    const [installed, local] = await Promise.all([this.store.list(), this.shelf.local()]);
    const rank = { shipped: 0, folder: 1, registry: 2 };
    const all = [...local, ...installed].sort((a, b) => rank[a.source] - rank[b.source]);
    const byName = new Map(all.map((skill) => [skill.manifest.name, skill]));
    return new Map([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
