import type { Logger, SkillEngine } from '@openclaw/core';
import { BubblewrapEngine } from './bubblewrap-engine.js';
import type { EngineFindings, EngineTests } from './engine-tests.js';
import type { Engine, EngineSettings } from './launch.js';
import { machineConditions } from './machine-conditions.js';
import { PodmanEngine } from './podman-engine.js';
import { selfTest, shellTest } from './self-test.js';
import { UnisolatedEngine } from './unisolated-engine.js';

export interface ChosenEngine {
  engine: Engine | undefined;
  state: SkillEngine;
}

const NO_SHELL = { available: false, reason: 'there is no engine to isolate a shell' } as const;

/**
 * Tries the engines in turn; what is used is what stood its test, never what says that it is installed. One that can't limit the number of
 * processes here is used only if no other does better. An engine that stood its test under the same conditions before is not tried again.
 * Throws the signal's reason.
 */
export async function chooseEngine(
  settings: EngineSettings,
  tests: EngineTests,
  logger: Logger,
  signal: AbortSignal,
): Promise<ChosenEngine> {
  if (settings.engine === 'none') return withoutEngine(settings, 'no engine is wanted (skills.engine)', logger);
  const conditions = await machineConditions(settings);
  const known = await tests.find(conditions);
  const knownEngine = known && (await open(known.name, settings, known, signal));
  if (known && knownEngine && typeof knownEngine !== 'string') {
    const { reserveBytes, limitsProcesses, noShell } = known;
    Object.assign(knownEngine, { reserveBytes, limitsProcesses });
    return chosen(knownEngine, noShell, logger);
  }
  const { sound, reason } = await soundEngines(settings, signal);
  const best = sound.find((engine) => engine.limitsProcesses) ?? sound[0];
  await Promise.all(sound.filter((engine) => engine !== best).map((engine) => engine.close()));
  if (!best) {
    signal.throwIfAborted();
    return withoutEngine(settings, reason, logger);
  }
  const noShell = await shellTest(best, settings.image, signal);
  signal.throwIfAborted();
  const { name, reserveBytes, limitsProcesses, findings } = best;
  if (name !== 'unisolated' && (noShell === undefined || settings.image === undefined))
    await tests
      .keep(conditions, { name, reserveBytes, limitsProcesses, noShell, ...findings })
      .catch((error: unknown) => logger.debug('what the test of an engine found could not be kept', { error }));
  return chosen(best, noShell, logger);
}

function chosen(engine: Engine, noShell: string | undefined, logger: Logger): ChosenEngine {
  const state = stateOf(engine, noShell);
  logger.info('skills are isolated', { engine: engine.name, rootless: state.rootless, enforced: state.enforced });
  return { engine, state };
}

function withoutEngine({ unisolated }: EngineSettings, reason: string, logger: Logger): ChosenEngine {
  if (!unisolated) {
    logger.warn('skills with code are refused: nothing isolates them', { reason });
    return { engine: undefined, state: { name: null, rootless: false, enforced: [], shell: NO_SHELL, reason } };
  }
  logger.warn('skills run WITHOUT isolation (skills.unisolated)', { reason });
  const engine = new UnisolatedEngine();
  const { rootless } = engine;
  return {
    engine,
    state: { name: 'unisolated', rootless, enforced: ['time', 'output'], shell: NO_SHELL, reason },
  };
}

/** Those that stood their test, up to the first that has no shortcoming. */
async function soundEngines(
  settings: EngineSettings,
  signal: AbortSignal,
): Promise<{ sound: Engine[]; reason: string }> {
  const sound: Engine[] = [];
  const reasons: string[] = [];
  for (const name of ['podman', 'bubblewrap'] as const) {
    if (settings.engine !== 'auto' && settings.engine !== name) continue;
    const engine = await open(name, settings, {}, signal);
    const reason = typeof engine === 'string' ? engine : await selfTest(engine, signal);
    if (reason !== undefined) reasons.push(`${name}: ${reason}`);
    if (typeof engine === 'string') continue;
    if (reason !== undefined) await engine.close();
    else sound.push(engine);
    if (reason === undefined && engine.limitsProcesses) break;
  }
  return { sound, reason: reasons.join('; ') };
}

/** Gives in words why it can't be opened. */
async function open(
  name: 'podman' | 'bubblewrap',
  { image, surroundings }: EngineSettings,
  known: Partial<EngineFindings>,
  signal: AbortSignal,
): Promise<Engine | string> {
  try {
    return await (name === 'podman'
      ? PodmanEngine.open(image, surroundings, known, signal)
      : BubblewrapEngine.open(image, surroundings));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function stateOf(engine: Engine, noShell: string | undefined): SkillEngine {
  const enforced = ['network', 'files', 'processes apart', 'time', 'output', 'memory'];
  if (engine.limitsProcesses) enforced.push('number of processes');
  return {
    name: engine.name,
    rootless: engine.rootless,
    enforced,
    shell: noShell === undefined ? { available: true } : { available: false, reason: noShell },
  };
}
