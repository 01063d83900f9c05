import { CommandFailed } from './command-failed.js';

/** What `work` comes to; where it failed because the person broke it off, that is said, and what has come of it. */
export async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal, outcome: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) throw new CommandFailed(`Interrupted. ${outcome}`, { cause: error });
    throw error;
  }
}
