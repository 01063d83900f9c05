import { type Skill, type SkillManifest, SkillStore, type SkillTool, type SkillUse } from '@openclaw/core';
import type { Database, Statement } from '../database.js';

const LIST: Statement = {
  name: 'skills-list',
  text: 'select digest, manifest, tools, package, integrity, installed_at from skills order by name',
};
const SAVE = `insert into skills (name, digest, manifest, tools, package, integrity, packed, installed_at)
  values ($1, $2, $3::json, $4::json, $5, $6, $7, $8)
  on conflict (name) do update set
    digest = excluded.digest, manifest = excluded.manifest, tools = excluded.tools, package = excluded.package,
    integrity = excluded.integrity, packed = excluded.packed, installed_at = excluded.installed_at`;
const COUNT: Statement = {
  name: 'skills-count-use',
  text: `insert into skill_uses as u (tenant, skill, invocations, last_used) values ($1, $2, 1, $3)
    on conflict (tenant, skill) do update set
      invocations = u.invocations + 1, last_used = greatest(u.last_used, excluded.last_used)`,
};

interface SkillRow {
  digest: string;
  manifest: SkillManifest;
  tools: SkillTool[] | null;
  package: string;
  integrity: string;
  installed_at: Date;
}

interface UseRow {
  skill: string;
  /** bigint, which the driver gives as text. */
  invocations: string;
  last_used: Date;
}

export class PostgresSkillStore extends SkillStore {
  constructor(private readonly database: Database) {
    super();
  }

  async list(): Promise<Skill[]> {
    const rows = await this.database.query<SkillRow>(LIST, []);
    return rows.map(({ manifest, digest, tools, package: name, integrity, installed_at }) => ({
      manifest,
      source: 'registry',
      digest,
      installedAt: installed_at,
      package: { name, integrity },
      ...(tools && { tools }),
    }));
  }

  async packed(name: string, digest: string): Promise<Uint8Array | undefined> {
    const [row] = await this.database.query<{ packed: Buffer }>(
      'select packed from skills where name = $1 and digest = $2',
      [name, digest],
    );
    return row?.packed;
  }

  async save(skill: Skill, packed: Uint8Array): Promise<void> {
    const { manifest, digest, tools, installedAt } = skill;
    await this.database.query(SAVE, [
      manifest.name,
      digest,
      JSON.stringify(manifest),
      tools ? JSON.stringify(tools) : null,
      skill.package?.name ?? manifest.name,
      skill.package?.integrity ?? '',
      Buffer.from(packed),
      installedAt,
    ]);
  }

  async remove(name: string): Promise<boolean> {
    const rows = await this.database.query('delete from skills where name = $1 returning name', [name]);
    return rows.length > 0;
  }

  async countUse(tenant: string, name: string, at: Date): Promise<void> {
    await this.database.query(COUNT, [tenant, name, at]);
  }

  async uses(tenant: string): Promise<Map<string, SkillUse>> {
    const rows = await this.database.query<UseRow>(
      'select skill, invocations, last_used from skill_uses where tenant = $1',
      [tenant],
    );
    return new Map(rows.map((row) => [row.skill, { invocations: Number(row.invocations), lastUsed: row.last_used }]));
  }
}
