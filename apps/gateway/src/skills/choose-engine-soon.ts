import type { AgentSkills, Logger, SkillCatalog, SkillRuntime } from '@openclaw/core';

/** After the start rather than in it: the test of an engine takes a second or two. In ms. */
const AFTER_MS = 500;

export interface WhoKnowsOfSkills {
  runtime: Pick<SkillRuntime, 'engine'>;
  catalog: Pick<SkillCatalog, 'all'>;
  skills: Pick<AgentSkills, 'none'>;
}

/**
 * Has it found out what isolates skills before the first one is called, where an agent has any. Where none has, it is found out when
 * somebody wants to know. Gives the function that calls it off.
 */
export function chooseEngineSoon(
  { runtime, catalog, skills }: WhoKnowsOfSkills,
  agents: () => string[],
  logger: Logger,
): () => void {
  const choose = async () => {
    await catalog.all();
    if (agents().some((agentId) => !skills.none(agentId))) await runtime.engine();
  };
  const timer = setTimeout(() => {
    choose().catch((error: unknown) => logger.error('what isolates skills could not be found out', { error }));
  }, AFTER_MS);
  return () => clearTimeout(timer);
}
