import { type Clock, SystemClock } from '../shared/clock.js';
import { InMemoryLogger } from '../shared/logger.js';
import { AgentSkills } from './agent-skills.js';
import { ExecuteSkill } from './execute-skill.js';
import { InMemoryInputChecker } from './in-memory-input-checker.js';
import { InMemorySkillRegistry } from './in-memory-skill-registry.js';
import { InMemorySkillRuntime, type SkillFunction } from './in-memory-skill-runtime.js';
import { InMemorySkillShelf } from './in-memory-skill-shelf.js';
import { InMemorySkillStore } from './in-memory-skill-store.js';
import { InstallSkill } from './install-skill.js';
import { RemoveSkill } from './remove-skill.js';
import { SkillCatalog } from './skill-catalog.js';
import type { OwnSkillSettings, SkillSettings } from './skill-settings.js';
import type { SkillManifest } from './skill.js';

export const OWN_SETTINGS: OwnSkillSettings = {
  enabled: true,
  allowedHosts: [],
  allowPrivateNetworks: false,
  config: {},
  secrets: {},
  limits: { timeoutMs: 30_000, memoryMb: 256, outputBytes: 1_048_576, processes: 64, workspaceBytes: 1_048_576 },
};

export function skillManifest(name: string, more: Partial<SkillManifest> = {}): SkillManifest {
  return {
    name,
    version: '1.0.0',
    description: `Does ${name}`,
    kind: 'function',
    entry: 'index.js',
    permissions: { network: false, filesystem: false, shell: false },
    body: '',
    ...more,
  };
}

/** Every use case of skills on in-memory ports. */
export class InMemorySkills {
  readonly store = new InMemorySkillStore();
  readonly shelf = new InMemorySkillShelf();
  readonly runtime = new InMemorySkillRuntime();
  readonly registry = new InMemorySkillRegistry();
  readonly checker = new InMemoryInputChecker();
  readonly own = new Map<string, Partial<OwnSkillSettings>>();
  policy: SkillSettings['policy'] = { allow: ['*'], network: ['*'], filesystem: [], shell: [] };
  /** By agent; undefined: see `AgentSkills`. */
  readonly ofAgents = new Map<string, readonly string[]>();
  readonly catalog: SkillCatalog;
  readonly execute: ExecuteSkill;
  readonly install: InstallSkill;
  readonly remove: RemoveSkill;
  readonly agents: AgentSkills;

  constructor(
    readonly clock: Clock = new SystemClock(),
    readonly logger = new InMemoryLogger(),
  ) {
    const { store, shelf, runtime, registry, checker } = this;
    const settings = (): SkillSettings => ({
      policy: this.policy,
      of: (name) => ({ ...OWN_SETTINGS, ...this.own.get(name) }),
    });
    this.catalog = new SkillCatalog(store, shelf, runtime, settings, clock);
    this.execute = new ExecuteSkill(this.catalog, store, shelf, runtime, checker, settings, clock, logger);
    this.install = new InstallSkill(registry, store, shelf, runtime, checker, this.catalog, settings, clock, logger);
    this.remove = new RemoveSkill(store, this.catalog, logger);
    this.agents = new AgentSkills(this.catalog, this.execute, (agentId) => this.ofAgents.get(agentId), logger);
  }

  /** Puts a skill into a folder of the operator's. */
  add(manifest: SkillManifest, run?: SkillFunction): void {
    const digest = `${manifest.name}-${manifest.version}`;
    this.shelf.skills.push({ manifest, source: 'folder', digest, installedAt: new Date('2026-11-20T12:00:00.000Z') });
    if (run) this.runtime.functions.set(manifest.name, run);
    this.catalog.changed();
  }
}
