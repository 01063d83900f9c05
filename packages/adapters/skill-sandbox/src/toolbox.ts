import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, inspectProgram, type Program } from './programs.js';

/** Where our own programs lie, as they go into a sandbox: beside this package's sources as beside its build. */
export const RUNNER_FOLDER = dirname(fileURLToPath(new URL('../runner/run.mjs', import.meta.url)));

const AT = '/openclaw';
export const RUNNER_AT = `${AT}/runner`;

/**
 * Node and what starts it with limits, as a sandbox gets them: a few files below /openclaw, started by their own loader, so that they do not
 * depend on anything else that is there, and nothing else of this machine has to be.
 */
export class Toolbox {
  private constructor(
    private readonly node: Program,
    private readonly prlimit: Program,
    private readonly setpriv: Program | undefined,
  ) {}

  /** `privileged`: programs are to be started as another user. Throws when something is not there. */
  static async open(privileged: boolean): Promise<Toolbox> {
    const prlimit = await findProgram('prlimit');
    const setpriv = privileged ? await findProgram('setpriv') : undefined;
    if (prlimit === undefined) throw new Error('there is no prlimit (package util-linux)');
    if (privileged && setpriv === undefined) throw new Error('there is no setpriv (package util-linux)');
    const [node, limiter, dropper] = await Promise.all(
      [process.execPath, prlimit, setpriv].map(async (path) => (path === undefined ? undefined : inspectProgram(path))),
    );
    return new Toolbox(node as Program, limiter as Program, dropper);
  }

  /** What is to be seen where: files of this machine by their place in the sandbox. */
  mounts(): [from: string, to: string][] {
    const programs = [this.node, this.prlimit, this.setpriv].filter((program) => program !== undefined);
    const files = new Map<string, string>();
    for (const { path, loader, libraries } of programs) {
      files.set(`${AT}/bin/${basename(path)}`, path);
      for (const library of [loader, ...libraries]) files.set(`${AT}/lib/${basename(library)}`, library);
    }
    files.set(RUNNER_AT, RUNNER_FOLDER);
    return [...files].map(([to, from]) => [from, to]);
  }

  /** The folders of those places; everybody must be able to go through them. */
  folders(): string[] {
    return [AT, `${AT}/bin`, `${AT}/lib`];
  }

  /** The command that becomes Node with these limits, as this user. */
  command(limits: string[], node: string[], uid: number | undefined): string[] {
    const drop = [
      `--reuid=${uid}`,
      `--regid=${uid}`,
      '--clear-groups',
      '--no-new-privs',
      '--inh-caps=-all',
      '--bounding-set=-all',
    ];
    return [
      ...(uid === undefined || !this.setpriv ? [] : [...loaded(this.setpriv), ...drop, '--']),
      ...loaded(this.prlimit),
      ...limits,
      '--',
      ...loaded(this.node),
      ...node,
    ];
  }
}

function loaded({ path, loader }: Program): string[] {
  return [`${AT}/lib/${basename(loader)}`, '--library-path', `${AT}/lib`, `${AT}/bin/${basename(path)}`];
}
