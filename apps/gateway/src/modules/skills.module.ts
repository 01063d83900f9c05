import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Postgres } from '@openclaw/adapter-postgres';
import { AjvInputChecker, FileSkillShelf, NpmSkillRegistry, type SkillFolder } from '@openclaw/adapter-skill-packages';
import { EngineTests, SandboxSkillRuntime } from '@openclaw/adapter-skill-sandbox';
import {
  ActiveTurns,
  AgentSkills,
  CallSkill,
  Clock,
  ExecuteSkill,
  InputChecker,
  InstallSkill,
  Logger,
  RemoveSkill,
  ResilientRunner,
  SkillCatalog,
  SkillRegistry,
  SkillRuntime,
  SkillShelf,
  SkillStore,
  ToolLoop,
} from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { ConfigOptions, LiveConfig } from '../config/index.js';
import { derived } from '../derived.js';
import { skillSettings } from '../skills/skill-settings.js';

/** Those that come with the gateway. */
const SHIPPED = fileURLToPath(new URL('../../../../packages/skills/', import.meta.url));
const REGISTRY_TIMEOUT_MS = 20_000;

/** Skills: where they come from, what keeps them apart, who uses them. */
export function skillsModule(
  live: LiveConfig,
  postgres: Postgres,
  surroundings: ConfigOptions['environment'],
): ContainerModule {
  const settings = derived(live, skillSettings);
  const folders = derived(live, ({ skillFolders }): SkillFolder[] => [
    { path: SHIPPED, source: 'shipped' },
    ...skillFolders.map((path): SkillFolder => ({ path, source: 'folder' })),
  ]);
  const { home } = live.current;
  const ofSkills = (logger: Logger) => logger.child({ component: 'skills' });
  return new ContainerModule(({ bind }) => {
    bind(SkillStore).toConstantValue(postgres.skills);
    bind(InputChecker).toConstantValue(new AjvInputChecker());
    bind(SkillRegistry).toConstantValue(
      new NpmSkillRegistry(() => {
        const { registry: url, scope, token } = live.current.skills;
        return { url, scope, token, timeoutMs: REGISTRY_TIMEOUT_MS };
      }),
    );
    bind(SkillShelf)
      .toResolvedValue(
        (logger: Logger) => new FileSkillShelf(join(home, 'skills'), folders, ofSkills(logger)),
        [Logger],
      )
      .inSingletonScope();
    bind(SkillRuntime)
      .toResolvedValue(
        (logger: Logger) =>
          new SandboxSkillRuntime(
            () => {
              const { engine, image, unisolated, warm, concurrent } = live.current.skills;
              return { engine, image, unisolated, warm, concurrent, surroundings };
            },
            join(home, 'workspaces'),
            ofSkills(logger),
            new EngineTests(join(home, 'skill-engine.json')),
          ),
        [Logger],
      )
      .inSingletonScope();
    bind(SkillCatalog)
      .toResolvedValue(
        (store: SkillStore, shelf: SkillShelf, runtime: SkillRuntime, clock: Clock) =>
          new SkillCatalog(store, shelf, runtime, settings, clock),
        [SkillStore, SkillShelf, SkillRuntime, Clock],
      )
      .inSingletonScope();
    bind(ExecuteSkill)
      .toResolvedValue(
        (
          catalog: SkillCatalog,
          store: SkillStore,
          shelf: SkillShelf,
          runtime: SkillRuntime,
          checker: InputChecker,
          clock: Clock,
          logger: Logger,
        ) => new ExecuteSkill(catalog, store, shelf, runtime, checker, settings, clock, ofSkills(logger)),
        [SkillCatalog, SkillStore, SkillShelf, SkillRuntime, InputChecker, Clock, Logger],
      )
      .inSingletonScope();
    bind(CallSkill)
      .toResolvedValue(
        (execute: ExecuteSkill, active: ActiveTurns) => new CallSkill(execute, active),
        [ExecuteSkill, ActiveTurns],
      )
      .inSingletonScope();
    bind(InstallSkill)
      .toResolvedValue(
        (
          registry: SkillRegistry,
          store: SkillStore,
          shelf: SkillShelf,
          runtime: SkillRuntime,
          checker: InputChecker,
          catalog: SkillCatalog,
          clock: Clock,
          logger: Logger,
        ) => new InstallSkill(registry, store, shelf, runtime, checker, catalog, settings, clock, ofSkills(logger)),
        [SkillRegistry, SkillStore, SkillShelf, SkillRuntime, InputChecker, SkillCatalog, Clock, Logger],
      )
      .inSingletonScope();
    bind(RemoveSkill)
      .toResolvedValue(
        (store: SkillStore, catalog: SkillCatalog, logger: Logger) => new RemoveSkill(store, catalog, ofSkills(logger)),
        [SkillStore, SkillCatalog, Logger],
      )
      .inSingletonScope();
    bind(AgentSkills)
      .toResolvedValue(
        (catalog: SkillCatalog, execute: ExecuteSkill, logger: Logger) =>
          new AgentSkills(catalog, execute, (agentId) => agentOf(live, agentId).skills, ofSkills(logger)),
        [SkillCatalog, ExecuteSkill, Logger],
      )
      .inSingletonScope();
    bind(ToolLoop)
      .toResolvedValue(
        (runner: ResilientRunner, skills: AgentSkills, logger: Logger) =>
          new ToolLoop(runner, skills, (agentId) => agentOf(live, agentId).maxSteps, ofSkills(logger)),
        [ResilientRunner, AgentSkills, Logger],
      )
      .inSingletonScope();
  });
}

function agentOf({ current: { agents } }: LiveConfig, agentId: string) {
  return (Object.hasOwn(agents, agentId) ? agents[agentId] : undefined) ?? agents.main;
}
