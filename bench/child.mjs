import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const STOP_PATIENCE_MS = 30_000;
const running = new Set();

/** Whatever happens to this process, no child outlives it. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a Node process and waits for its first line on standard output: the URL where it serves. Throws when it ends first.
 *
 * @param script path relative to this folder
 */
export async function startServer(script, { args = [], env = {}, flags = [] } = {}) {
  const child = spawn(process.execPath, [...flags, pathOf(script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return signal ?? code;
  });
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    once(lines, 'line').then(([line]) => line),
    ended.then((how) => Promise.reject(new Error(`${script} ended with ${how} before it served`))),
  ]);
  return { url, pid: child.pid, stop: () => stop(child, ended) };
}

/** Starts a Node process that is talked to by messages. */
export function startWorker(script) {
  const child = spawn(process.execPath, [pathOf(script)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return signal ?? code;
  });
  return {
    /** Sends an order; resolves with the answer. One at a time. */
    async ask(order) {
      const answered = new AbortController();
      try {
        child.send(order);
        const [answer] = await Promise.race([
          once(child, 'message', { signal: answered.signal }),
          ended.then((how) => Promise.reject(new Error(`${script} ended with ${how}`))),
        ]);
        if (answer.failure !== undefined) throw new Error(answer.failure);
        return answer;
      } finally {
        answered.abort();
      }
    },
    stop: () => stop(child, ended),
  };
}

async function stop(child, ended) {
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(impatience);
}

function pathOf(script) {
  return fileURLToPath(new URL(script, import.meta.url));
}
