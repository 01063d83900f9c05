import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConfigOptions } from './load-config.js';
import { ConfigError, type ConfigProblem } from './problem.js';

/** A person's home folder that is nobody's, for tests. */
export class TestHome implements AsyncDisposable {
  private constructor(readonly path: string) {}

  /** With these files in it: `{'.openclaw/gateway.yaml': '…'}`. */
  static async with(files: Record<string, string> = {}): Promise<TestHome> {
    const home = new TestHome(await mkdtemp(join(tmpdir(), 'openclaw-config-')));
    for (const [name, text] of Object.entries(files)) await home.write(name, text);
    return home;
  }

  options(environment: Record<string, string> = {}, flags: ConfigOptions['flags'] = {}): ConfigOptions {
    return { environment, flags, userHome: this.path, workingFolder: this.path };
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(this.file(name)), { recursive: true });
    await writeFile(this.file(name), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** The problems that the work fails with. */
export async function problemsOf(work: () => unknown): Promise<readonly ConfigProblem[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('there was no problem');
}
