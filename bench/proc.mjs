// What Linux tells about processes under /proc. Elsewhere every figure is NaN, and shown as "-".
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds of a process, all its threads, user and system. */
export function cpuSeconds(pid) {
  const stat = statOf(pid);
  return stat ? (stat.user + stat.system) / TICKS_PER_SECOND : NaN;
}

/** CPU seconds of a process, those of its children that run, and those of its children that have ended. */
export function familyCpuSeconds(pid) {
  const own = statOf(pid);
  if (!own) return NaN;
  let ticks = own.user + own.system + own.endedChildren;
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(entry) : undefined;
    if (stat?.parent === pid) ticks += stat.user + stat.system;
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory now and at its highest since {@link forgetPeak}, in MB (10^6 bytes). */
export function memory(pid) {
  const status = read(`/proc/${pid}/status`) ?? '';
  const megabytes = (name) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) * 1024) / 1e6;
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Starts the search for the highest memory anew, where the kernel allows it. */
export function forgetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EPERM'].includes(error.code)) throw error;
  }
}

function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the name, in brackets, and may have anything in it. See proc_pid_stat(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (no) => Number(fields[no - 3]);
  return { parent: at(4), user: at(14), system: at(15), endedChildren: at(16) + at(17) };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // No /proc, or the process has ended meanwhile.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}
