import { join } from 'node:path';
import { pythonWith, works } from '../../../../test/machine/python.js';
import { type Outcome, runPythonOf } from './run-program.js';

/** A Python that has `requests`: the machine's, or one of the project's own. */
export const { python, missingPython } = findPython();

function findPython(): { python: string; missingPython: string | undefined } {
  if (works('python3', '-c', 'import requests')) return { python: 'python3', missingPython: undefined };
  const { folder, missing } = pythonWith('requests', '2.32.5');
  return { python: join(folder, 'bin', 'python3'), missingPython: missing };
}

/** Runs `main.py` of these files. */
export function runPython(files: Record<string, string>): Promise<Outcome> {
  return runPythonOf(python, files);
}
