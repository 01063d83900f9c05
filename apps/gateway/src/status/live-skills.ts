import type { ComponentHealth, GatewayStatus, SkillCatalog, SkillRuntime } from '@openclaw/core';

/** Skills as /status and /health/detail tell of them. */
export class LiveSkills {
  constructor(
    private readonly catalog: Pick<SkillCatalog, 'all' | 'state' | 'states'>,
    private readonly runtime: Pick<SkillRuntime, 'engine'>,
  ) {}

  async status(tenant: string): Promise<GatewayStatus['skills']> {
    const [states, engine] = await Promise.all([this.catalog.states(tenant), this.runtime.engine()]);
    return {
      installed: states.length,
      active: states.filter(({ status }) => status === 'active').length,
      containerEngine: engine.name,
      rootless: engine.rootless,
    };
  }

  /** Degraded while the operator has skills that nothing can run; those that only came along are no reason. */
  async health(): Promise<ComponentHealth> {
    const engine = await this.runtime.engine();
    const facts = {
      container_engine: engine.name,
      rootless: engine.rootless,
      enforced: engine.enforced,
      ...(engine.reason !== undefined && { reason: engine.reason }),
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    try {
      const skills = await Promise.race([this.catalog.all(), late]);
      const states = await Promise.all(skills.map((skill) => this.catalog.state(skill)));
      const refused = states.filter(({ status, skill }) => status === 'refused' && skill.source !== 'shipped').length;
      const status = refused > 0 || engine.name === 'unisolated' ? 'degraded' : 'ok';
      return { status, installed: states.length, refused, ...facts };
    } catch (error) {
      return { status: 'degraded', error: error instanceof Error ? error.message : String(error), ...facts };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What is installed stands in the database, which may be away. */
const PATIENCE_MS = 2_000;
