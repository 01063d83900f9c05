import type { Logger, SkillEngine } from '@openclaw/core';
import { BubblewrapEngine } from './bubblewrap-engine.js';
import type { Engine, Surroundings } from './launch.js';
import { PodmanEngine } from './podman-engine.js';
import { selfTest, shellTest } from './self-test.js';
import { UnisolatedEngine } from './unisolated-engine.js';

export interface EngineSettings {
  /** `auto`: the first that stands its test. */
  engine: 'auto' | 'podman' | 'bubblewrap' | 'none';
  /** For skills with a shell: of podman an image, of bubblewrap a folder. */
  image: string | undefined;
  /** Skills run even if nothing isolates them. */
  unisolated: boolean;
  surroundings: Surroundings;
}

export interface ChosenEngine {
  engine: Engine | undefined;
  state: SkillEngine;
}

const NO_SHELL = { available: false, reason: 'there is no engine to isolate a shell' } as const;

/**
 * Tries the engines in turn; what is used is what stood its test, never what says that it is installed. One that can't limit the number of
 * processes here is used only if no other does better.
 */
export async function chooseEngine(settings: EngineSettings, logger: Logger): Promise<ChosenEngine> {
  const { sound, reason } = await soundEngines(settings);
  const best = sound.find((engine) => engine.limitsProcesses) ?? sound[0];
  await Promise.all(sound.filter((engine) => engine !== best).map((engine) => engine.close()));
  if (best) {
    const state = stateOf(best, await shellTest(best, settings.image));
    logger.info('skills are isolated', { engine: best.name, rootless: state.rootless, enforced: state.enforced });
    return { engine: best, state };
  }
  if (!settings.unisolated) {
    logger.warn('skills with code are refused: nothing isolates them', { reason });
    return { engine: undefined, state: { name: null, rootless: false, enforced: [], shell: NO_SHELL, reason } };
  }
  logger.warn('skills run WITHOUT isolation (skills.unisolated)', { reason });
  const engine = new UnisolatedEngine();
  return {
    engine,
    state: { name: 'unisolated', rootless: engine.rootless, enforced: ['time', 'output'], shell: NO_SHELL, reason },
  };
}

/** Those that stood their test, up to the first that has no shortcoming. */
async function soundEngines(settings: EngineSettings): Promise<{ sound: Engine[]; reason: string }> {
  const sound: Engine[] = [];
  const reasons: string[] = [];
  for (const [name, open] of ENGINES) {
    if (settings.engine !== 'auto' && settings.engine !== name) continue;
    const engine = await open(settings.image, settings.surroundings).catch((error: unknown) => wordsOf(error));
    const reason = typeof engine === 'string' ? engine : await selfTest(engine);
    if (reason !== undefined) reasons.push(`${name}: ${reason}`);
    if (typeof engine === 'string') continue;
    if (reason !== undefined) await engine.close();
    else sound.push(engine);
    if (reason === undefined && engine.limitsProcesses) break;
  }
  return { sound, reason: settings.engine === 'none' ? 'no engine is wanted (skills.engine)' : reasons.join('; ') };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const ENGINES = [
  ['podman', (image: string | undefined, around: Surroundings): Promise<Engine> => PodmanEngine.open(image, around)],
  [
    'bubblewrap',
    (image: string | undefined, around: Surroundings): Promise<Engine> => BubblewrapEngine.open(image, around),
  ],
] as const;

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
