import type { SkillLimits } from '@openclaw/core';
import type { EngineFindings } from './engine-tests.js';

/** The gateway's own environment, as far as programs of this machine go by it. */
export type Surroundings = Readonly<Record<string, string | undefined>>;

/** What is wanted of an engine. */
export interface EngineSettings {
  /** `auto`: the first that stands its test. */
  engine: 'auto' | 'podman' | 'bubblewrap' | 'none';
  /** For skills with a shell: of podman an image, of bubblewrap a folder. */
  image: string | undefined;
  /** Skills run even if nothing isolates them. */
  unisolated: boolean;
  surroundings: Surroundings;
}

/** One process that is to be started apart from everything else. */
export interface Launch {
  /** Where its files are: seen as `/skill`, for reading only. */
  folder: string;
  /** Relative to the folder. */
  entry: string;
  /** `runner`: the entry's function is called by our program; `plain`: the entry is the program. */
  program: 'runner' | 'plain';
  /** The folder of the socket that leads to the hosts it may reach. */
  egress?: string;
  /** A folder of its own, seen as `/workspace`, and how much it may still write there to one file, in bytes. */
  workspace?: { folder: string; uid: number; fileBytes: number };
  /** It may start other programs. */
  shell: boolean;
  limits: SkillLimits;
  /** Its whole environment. */
  environment: Record<string, string>;
}

/** A program of this machine with what is needed to start it. */
export interface Started {
  file: string;
  args: string[];
  environment: Record<string, string>;
  /** For what does not die with the process that is started. */
  kill?: () => void;
  /** See `Engine.retiringMs`. */
  retiringMs: number;
}

/** Keeps processes apart. One for each technology. */
export interface Engine {
  readonly name: 'podman' | 'bubblewrap' | 'unisolated';
  readonly rootless: boolean;
  /** Added to the memory that a process may have: what Node reserves without using it. Set by the self-test. */
  reserveBytes: number | undefined;
  /** Whether it sets a limit to the number of processes. Cleared by the self-test where that can't be done. */
  limitsProcesses: boolean;
  /** How long after its result a process takes to be gone by itself, in ms, everything that stands around it included. */
  readonly retiringMs: number;
  /** What was found out by opening it, for the next time. */
  readonly findings: Pick<EngineFindings, 'runtime' | 'groups'>;
  start(launch: Launch): Started;
  close(): Promise<void>;
}

export const SKILL_AT = '/skill';
export const WORKSPACE_AT = '/workspace';
export const EGRESS_AT = '/egress';
export const EGRESS_SOCKET = 'proxy.sock';
/** Within the sandbox, where nobody else can have it. */
const PROXY = 'http://127.0.0.1:3128';

/** Where things are, as the process sees them. */
export interface Places {
  skill: string;
  runner: string;
  workspace: string;
  egress: string;
}

/** Node's arguments and environment for a launch. */
export function nodeArguments(launch: Launch, at: Places): { args: string[]; environment: Record<string, string> } {
  const { limits, program, entry, shell } = launch;
  const args = [
    '--permission',
    `--allow-fs-read=${at.skill}`,
    `--allow-fs-read=${at.runner}`,
    '--disable-sigusr1',
    `--max-old-space-size=${limits.memoryMb}`,
    '--max-semi-space-size=8',
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
  ];
  const environment: Record<string, string> = { ...launch.environment };
  if (launch.workspace) {
    args.push(`--allow-fs-read=${at.workspace}`, `--allow-fs-write=${at.workspace}`);
    environment['HOME'] = at.workspace;
    environment['OPENCLAW_WORKSPACE'] = at.workspace;
  }
  if (shell) args.push('--allow-child-process');
  if (launch.egress !== undefined) {
    args.push(`--allow-fs-read=${at.egress}`, '--import', `${at.runner}/egress.mjs`);
    Object.assign(environment, {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: PROXY,
      HTTPS_PROXY: PROXY,
      OPENCLAW_EGRESS_SOCKET: `${at.egress}/${EGRESS_SOCKET}`,
    });
  }
  const file = `${at.skill}/${entry}`;
  args.push(...(program === 'runner' ? [`${at.runner}/run.mjs`, file] : [file]));
  return { args, environment };
}

/** Threads that use a processor each at the same time. */
const CPU_SHARE = 8;

/** util-linux's prlimit; it takes what it is given for the program that it becomes. */
export function limitArguments(launch: Launch, engine: Pick<Engine, 'reserveBytes' | 'limitsProcesses'>): string[] {
  const { limits, workspace } = launch;
  // Of processor time a skill can't use more while it is waited for; should nobody be there any more to stop it, it ends all the same.
  const seconds = CPU_SHARE * Math.ceil(limits.timeoutMs / 1_000) + CPU_SHARE;
  const args = ['--core=0', '--nofile=256', `--cpu=${seconds}`, `--fsize=${workspace?.fileBytes ?? 0}`];
  if (engine.reserveBytes !== undefined) args.push(`--data=${engine.reserveBytes + limits.memoryMb * 1024 * 1024}`);
  if (engine.limitsProcesses) args.push(`--nproc=${limits.processes}`);
  return args;
}
