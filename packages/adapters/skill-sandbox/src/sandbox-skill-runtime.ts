import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Logger,
  type RunnableSkill,
  type SkillCall,
  type SkillEngine,
  SkillFailed,
  SkillRuntime,
  type SkillTool,
  Unavailable,
} from '@openclaw/core';
import { type ChosenEngine, chooseEngine } from './choose-engine.js';
import { EngineTests } from './engine-tests.js';
import { EgressProxy, type EgressRules } from './egress-proxy.js';
import { FunctionSession } from './function-session.js';
import { type Engine, type EngineSettings, type Launch, WORKSPACE_AT } from './launch.js';
import { Sandbox } from './sandbox.js';
import { Slots } from './slots.js';
import { type Session, WarmSandboxes } from './warm-sandboxes.js';
import { Workspace } from './workspace.js';

export interface SandboxSettings extends EngineSettings {
  /** Kept ready for each skill in use. */
  warm: number;
  /** Sandboxes in use at once. */
  concurrent: number;
}

/** Runs each call of a skill in a sandbox of its own, which is used once. */
export class SandboxSkillRuntime extends SkillRuntime {
  private chosen: Promise<ChosenEngine> | undefined;
  private readonly slots: Slots;
  private readonly warm: WarmSandboxes;
  private readonly sandboxes = new Set<Sandbox>();
  private readonly proxies = new Map<string, { rules: EgressRules; proxy: Promise<EgressProxy> }>();
  private sockets: Promise<string> | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly settings: () => SandboxSettings,
    /** Where the tenants' workspaces are. */
    private readonly workspaces: string,
    private readonly logger: Logger,
    /** Of engines before: without any, each one is tried. */
    private readonly tests = new EngineTests(),
  ) {
    super();
    this.slots = new Slots(() => settings().concurrent);
    this.warm = new WarmSandboxes(
      () => settings().warm,
      (error) => logger.debug('a sandbox could not be started ahead', { error }),
    );
  }

  async engine(): Promise<SkillEngine> {
    return (await this.choose()).state;
  }

  run(skill: RunnableSkill, call: SkillCall, signal: AbortSignal): Promise<unknown> {
    return this.within(skill, signal, async (session, workspace) => {
      if (!(session instanceof FunctionSession)) return session.call(call.tool ?? '', asObject(call.args));
      const { config, secrets } = skill.settings;
      const context = {
        name: skill.manifest.name,
        config,
        secrets,
        ...(call.session !== undefined && { session: call.session }),
        ...(workspace && { workspace: this.workspaceAt(workspace, await this.usable(skill)) }),
      };
      return session.call({ args: call.args, context });
    });
  }

  tools(skill: RunnableSkill, signal: AbortSignal): Promise<SkillTool[]> {
    return this.within(skill, signal, async (session) => {
      if (!(session instanceof FunctionSession)) return session.tools();
      throw new SkillFailed(`The skill "${skill.manifest.name}" is no MCP server`);
    });
  }

  async close(): Promise<void> {
    const reason = new Unavailable('The gateway is shutting down');
    this.closing.abort(reason);
    const sandboxes = [...this.sandboxes];
    for (const sandbox of sandboxes) sandbox.kill(reason);
    await Promise.all([this.warm.close(), ...sandboxes.map((sandbox) => sandbox.gone)]);
    for (const { proxy } of this.proxies.values()) await (await proxy).close();
    if (this.sockets) await rm(await this.sockets, { recursive: true, force: true });
    await (await this.chosen?.catch(() => undefined))?.engine?.close();
  }

  /** Gives `use` a session that nobody has used, and has another one started for whoever comes next. */
  private async within<T>(skill: RunnableSkill, signal: AbortSignal, use: Use<T>): Promise<T> {
    const engine = await this.usable(skill);
    const { limits } = skill.settings;
    const deadline = new SkillFailed(`The skill did not answer within ${limits.timeoutMs / 1_000} s and was stopped`);
    const expiry = new AbortController();
    const timer = setTimeout(() => expiry.abort(deadline), limits.timeoutMs);
    try {
      const until = AbortSignal.any([signal, expiry.signal]);
      const leave = await this.slots.enter(until);
      const place = new Place(leave);
      try {
        const workspace = await this.workspaceOf(skill);
        const used = (await workspace?.used()) ?? 0;
        const launch = await this.launchOf(skill, workspace && { workspace, used });
        // A workspace is one tenant's, and how much is left of it is known only now.
        const key = workspace ? undefined : keyOf(launch, skill);
        const start: Start = (onStart) => this.start(engine, launch, skill, onStart);
        const unwatch = workspace?.watch(used, () => place.sandbox?.kill(new SkillFailed(TOO_FULL)));
        const stop = () => place.sandbox?.kill(until.reason as Error);
        until.addEventListener('abort', stop, { once: true });
        try {
          const session = await this.session(key, start, (sandbox) => {
            place.sandbox = sandbox;
            if (until.aborted) stop();
          });
          const result = await use(session, workspace);
          place.done = true;
          // After the caller has its result: starting a process holds up everything for a moment.
          if (key !== undefined)
            setImmediate(() => this.warm.refill(key, () => this.startAhead(limits.timeoutMs, start)));
          return result;
        } finally {
          unwatch?.();
          until.removeEventListener('abort', stop);
        }
      } finally {
        place.clear();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private async session(key: string | undefined, start: Start, onStart: (sandbox: Sandbox) => void): Promise<Session> {
    const warm = key === undefined ? undefined : this.warm.take(key);
    if (warm) onStart(warm.sandbox);
    return warm ?? start(onStart);
  }

  private async workspaceOf({ manifest, tenant, settings }: RunnableSkill): Promise<Workspace | undefined> {
    if (!manifest.permissions.filesystem) return undefined;
    return Workspace.open(this.workspaces, tenant, settings.limits.workspaceBytes);
  }

  private async startAhead(timeoutMs: number, start: Start): Promise<Session> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await start((sandbox) => {
        timer = setTimeout(() => sandbox.kill(new SkillFailed('The skill did not load in time')), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async start(
    engine: Engine,
    launch: Launch,
    skill: RunnableSkill,
    started: (sandbox: Sandbox) => void,
  ): Promise<Session> {
    this.closing.signal.throwIfAborted();
    const sandbox = new Sandbox(engine.start(launch), skill.settings.limits.outputBytes);
    this.sandboxes.add(sandbox);
    void sandbox.gone.then(() => this.sandboxes.delete(sandbox));
    started(sandbox);
    try {
      if (launch.program === 'runner') return await FunctionSession.open(sandbox);
      const mcp = await import('./mcp-session.js');
      return await mcp.McpSession.open(sandbox);
    } catch (error) {
      sandbox.kill(new Error('it did not load'));
      await sandbox.gone;
      throw error;
    }
  }

  private async launchOf(skill: RunnableSkill, writes?: { workspace: Workspace; used: number }): Promise<Launch> {
    const { manifest, folder, settings } = skill;
    const server = manifest.kind === 'mcp';
    return {
      folder,
      entry: manifest.entry ?? '',
      program: server ? 'plain' : 'runner',
      shell: manifest.permissions.shell,
      limits: settings.limits,
      // A server is told by its environment, which is the one way that every server knows.
      environment: server ? { ...settings.secrets, OPENCLAW_SKILL_CONFIG: JSON.stringify(settings.config) } : {},
      ...(manifest.permissions.network && { egress: (await this.proxyFor(skill)).folder }),
      ...(writes && {
        workspace: {
          folder: writes.workspace.folder,
          uid: writes.workspace.uid,
          fileBytes: writes.workspace.left(writes.used),
        },
      }),
    };
  }

  private async proxyFor({ manifest: { name }, settings }: RunnableSkill): Promise<EgressProxy> {
    let known = this.proxies.get(name);
    if (known) known.rules = settings;
    else {
      this.sockets ??= mkdtemp(join(tmpdir(), 'openclaw-egress-'));
      const folder = join(await this.sockets, randomUUID().slice(0, 8));
      known = this.proxies.get(name);
      if (!known) {
        const entry: { rules: EgressRules; proxy: Promise<EgressProxy> } = {
          rules: settings,
          proxy: EgressProxy.open(folder, () => entry.rules),
        };
        this.proxies.set(name, entry);
        known = entry;
      }
    }
    return known.proxy;
  }

  /** Throws `Unavailable` when nothing may run the skill. */
  private async usable({ manifest: { name, permissions } }: RunnableSkill): Promise<Engine> {
    const { engine, state } = await this.choose();
    const reason = !engine
      ? state.reason
      : permissions.shell && !state.shell.available
        ? state.shell.reason
        : undefined;
    if (engine && reason === undefined) return engine;
    throw new Unavailable(`The skill "${name}" is not run: ${reason}`, { retryAfterSeconds: 60 });
  }

  private choose(): Promise<ChosenEngine> {
    this.chosen ??= chooseEngine(this.settings(), this.tests, this.logger, this.closing.signal);
    return this.chosen;
  }

  private workspaceAt(workspace: Workspace, engine: Engine): string {
    return engine.name === 'unisolated' ? workspace.folder : WORKSPACE_AT;
  }
}

type Start = (onStart: (sandbox: Sandbox) => void) => Promise<Session>;
type Use<T> = (session: Session, workspace: Workspace | undefined) => Promise<T>;

const TOO_FULL = 'The skill wrote more to its workspace than it may and was stopped';

/** One of the places for sandboxes: free again once the sandbox is gone, which nobody has to wait for. */
class Place {
  sandbox: Sandbox | undefined;
  /** The skill has given its result, and may end by itself. */
  done = false;

  constructor(private readonly leave: () => void) {}

  clear(): void {
    const { sandbox, leave } = this;
    if (!sandbox) return leave();
    if (this.done) return void sandbox.retire().then(leave);
    sandbox.kill(new Error('it is not needed any more'));
    void sandbox.gone.then(leave);
  }
}

function keyOf(launch: Launch, { digest }: RunnableSkill): string {
  return createHash('sha256')
    .update(JSON.stringify([digest, launch]))
    .digest('hex');
}

function asObject(args: unknown): Record<string, unknown> {
  return typeof args === 'object' && args !== null && !Array.isArray(args) ? (args as Record<string, unknown>) : {};
}
