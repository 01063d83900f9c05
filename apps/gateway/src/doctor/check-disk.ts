import { statfs } from 'node:fs/promises';
import { nearestFolder } from './check-data-folder.js';
import { fail, ok, warn, type Finding } from './finding.js';

const MB = 1024 * 1024;
const LOW_MB = 1_024;
const FULL_MB = 100;

export async function checkDisk(home: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestFolder(home));
  return diskFinding((bavail * bsize) / MB, home);
}

export function diskFinding(freeMb: number, home: string): Finding {
  const message =
    freeMb >= LOW_MB ? `${(freeMb / 1_024).toFixed(1)} GB free` : `${Math.floor(freeMb)} MB free at ${home}`;
  if (freeMb >= LOW_MB) return ok('disk', message);
  const advice = 'Make room, or move the data folder (OPENCLAW_HOME).';
  return freeMb >= FULL_MB ? warn('disk', message, advice) : fail('disk', message, advice);
}
