import type { Skill, SkillUse } from './skill.js';
import { SkillStore } from './skill-store.js';

export class InMemorySkillStore extends SkillStore {
  private readonly skills = new Map<string, { skill: Skill; packed: Uint8Array }>();
  private readonly used = new Map<string, Map<string, SkillUse>>();

  async list(): Promise<Skill[]> {
    return [...this.skills.values()]
      .map(({ skill }) => ({ ...skill }))
      .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  }

  async packed(name: string, digest: string): Promise<Uint8Array | undefined> {
    const found = this.skills.get(name);
    return found?.skill.digest === digest ? found.packed.slice() : undefined;
  }

  async save(skill: Skill, packed: Uint8Array): Promise<void> {
    this.skills.set(skill.manifest.name, { skill: { ...skill }, packed: packed.slice() });
  }

  async remove(name: string): Promise<boolean> {
    return this.skills.delete(name);
  }

  async countUse(tenant: string, name: string, at: Date): Promise<void> {
    const ofTenant = this.used.get(tenant) ?? new Map<string, SkillUse>();
    this.used.set(tenant, ofTenant);
    const before = ofTenant.get(name);
    const lastUsed = before && before.lastUsed > at ? before.lastUsed : at;
    ofTenant.set(name, { invocations: (before?.invocations ?? 0) + 1, lastUsed });
  }

  async uses(tenant: string): Promise<Map<string, SkillUse>> {
    return new Map(this.used.get(tenant));
  }
}
