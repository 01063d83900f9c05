#!/usr/bin/env node
import type { Context } from './context.js';
import { run } from './program.js';
import { Terminal } from './terminal.js';

const args = process.argv.slice(2);

const context: Context = {
  environment: process.env,
  workingFolder: process.cwd(),
  stdin: process.stdin,
  terminal: new Terminal(process.stdout, process.stderr),
  interrupted,
  exitCode: 0,
};

function interrupted(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return controller.signal;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  // Who reads us (head, less) has seen enough. A gateway goes on without readers.
  if (args[0] !== 'gateway') process.exit(0);
});

process.exitCode = await run(args, context);
