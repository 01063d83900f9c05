import { readFile, rename, writeFile } from 'node:fs/promises';

/** What is true of an engine on this machine and takes a while to find out. */
export interface EngineFindings {
  name: 'podman' | 'bubblewrap';
  reserveBytes?: number | undefined;
  limitsProcesses: boolean;
  /** Why skills get no shell; undefined when they do. */
  noShell?: string | undefined;
  /** Of podman: the arguments that choose its runtime, and whether limits are those of a control group rather than of each process. */
  runtime?: string[];
  groups?: boolean;
}

interface Kept {
  /** What held when it was found: see `machineConditions`. */
  conditions: string;
  /** In ms since 1970. */
  at: number;
  found: EngineFindings;
}

/** However alike everything looks: older than a day, it is tried anew. */
const LONGEST_MS = 24 * 3_600 * 1_000;

/**
 * What the last test of an engine found, in a file of the data folder, so that not every start has to try it. It counts only under the very
 * conditions under which it was found; and only success is kept, since a failure may be mended by what nobody can see from here.
 */
export class EngineTests {
  /** Without a file nothing is kept. */
  constructor(
    private readonly file?: string,
    private readonly now: () => number = Date.now,
  ) {}

  async find(conditions: string): Promise<EngineFindings | undefined> {
    if (this.file === undefined) return undefined;
    try {
      const kept = JSON.parse(await readFile(this.file, 'utf8')) as Kept;
      const age = this.now() - kept.at;
      return kept.conditions === conditions && age >= 0 && age < LONGEST_MS ? kept.found : undefined;
    } catch {
      // There is none, or it is none: the engine is tried.
      return undefined;
    }
  }

  async keep(conditions: string, found: EngineFindings): Promise<void> {
    if (this.file === undefined) return;
    const kept: Kept = { conditions, at: this.now(), found };
    const draft = `${this.file}.${process.pid}`;
    await writeFile(draft, JSON.stringify(kept), { mode: 0o600 });
    await rename(draft, this.file);
  }
}
