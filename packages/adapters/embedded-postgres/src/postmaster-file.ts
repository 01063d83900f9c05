import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './errors.js';
import { isRunning, processesIn, workingFolder } from './process-identity.js';

/** What a running server tells in its `postmaster.pid`. */
export interface PostmasterFile {
  pid: number;
  port: number;
  socketFolder: string;
  status: string;
}

/** The server that runs on the cluster `data`, whoever started it; undefined when none does, whatever files it left. */
export function livePostmaster(data: string): PostmasterFile | undefined {
  const lines = readLines(data);
  const pid = Number(lines?.[0]);
  if (!lines || !(pid > 0) || !isPostmasterOf(data, pid, Number(lines[2]))) return undefined;
  return { pid, port: Number(lines[3]), socketFolder: lines[4] ?? '', status: lines[7]?.trim() ?? '' };
}

/**
 * Clears what a server left that did not end properly. PostgreSQL does not start when the process id in `postmaster.pid` now
 * belongs to some other process of its user, as is common in containers, and not while processes of the dead server live.
 */
export async function clearRemains(data: string, socketFolder: string, socketName: string): Promise<void> {
  if (!readLines(data)) return;
  await endOrphans(data);
  if (livePostmaster(data)) return;
  rmSync(join(data, 'postmaster.pid'), { force: true });
  rmSync(join(socketFolder, `${socketName}.lock`), { force: true });
}

/** Backends notice that their server is gone when they next wait for something; one deep in a query may take its time. */
async function endOrphans(data: string): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (let round = 0; round < 50; round++) {
      const orphans = livePostmaster(data) ? [] : processesIn(data);
      if (orphans.length === 0) return;
      if (round === 0) for (const pid of orphans) sendSignal(pid, signal);
      await delay(20);
    }
  }
}

/** Sends a signal; false when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

function isPostmasterOf(data: string, pid: number, startedAt: number): boolean {
  if (!isRunning(pid)) return false;
  if (process.platform === 'linux') return workingFolder(pid) === data;
  const started = Date.parse(execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }));
  return Math.abs(started / 1000 - startedAt) <= 2;
}

function readLines(data: string): string[] | undefined {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
