#!/usr/bin/env node
// `npm start`, `npm test` and the rest: prepares the clone (see toolchain.mjs), then runs the task with Node 24.
import { join } from 'node:path';
import {
  GATEWAY_ENVIRONMENT,
  GATEWAY_FLAGS,
  ROOT,
  SetupError,
  cleanBuild,
  ensureBuilt,
  ensureInstalled,
  ensureNode,
  run,
  say,
} from './toolchain.mjs';

const bin = (path) => join(ROOT, 'node_modules', path);

const tasks = {
  start: (node, args) => gateway(node, args),
  openclaw: (node, args) => openclaw(node, args, callerFolder()),
  build: () => 0,
  test: (node, args) => jest(node, args),
  format: (node, args) =>
    run(node, [
      bin('prettier/bin/prettier.cjs'),
      args.includes('--check') ? '--check' : '--write',
      '--log-level=warn',
      '.',
    ]),
  lint: (node, args) => run(node, [bin('eslint/bin/eslint.js'), '.', '--max-warnings=0', ...args]),
  types: (node) => run(node, [bin('typescript/bin/tsc'), '-p', 'tsconfig.test.json']),
  boundaries: (node) => run(node, [join(ROOT, 'scripts/boundaries.mjs')]),
  docs: (node, args) => run(node, [join(ROOT, 'apps/gateway/dist/docs.js'), ...args]),
  bench: (node, args) => run(node, [join(ROOT, 'bench/main.mjs'), ...args]),
  'bench:memory': (node, args) => run(node, [join(ROOT, 'bench/memory.mjs'), ...args]),
  check: (node, args) => check(node, args),
};

function gateway(node, args) {
  return openclaw(node, ['gateway', ...args], ROOT);
}

function openclaw(node, args, cwd) {
  const env = { ...GATEWAY_ENVIRONMENT, ...process.env };
  return run(node, [...GATEWAY_FLAGS, join(ROOT, 'apps/cli/dist/main.js'), ...args], { cwd, env });
}

function jest(node, args) {
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings', NODE_ENV: 'test' };
  return run(node, [bin('jest/bin/jest.js'), ...args], { env });
}

/**
 * The whole gate, in the order in which a failure is cheapest to find; the tests last, so that their summary ends the output.
 * `--no-tests` is for CI, which runs them by `npm test`.
 */
async function check(node, args) {
  const steps = [
    ['format', () => tasks.format(node, ['--check'])],
    ['lint', () => tasks.lint(node, [])],
    ['boundaries', () => tasks.boundaries(node)],
    ['types of the tests', () => tasks.types(node)],
    ['generated documents', () => tasks.docs(node, ['--check'])],
  ];
  if (!args.includes('--no-tests')) steps.push(['tests', () => tasks.test(node, [])]);
  for (const [name, step] of steps) {
    say(name);
    const status = await step();
    if (status !== 0) {
      say(`${name}: failed`);
      return status;
    }
  }
  return 0;
}

/** Where the person stood when they called npm or openclaw: relative paths in arguments are theirs. */
function callerFolder() {
  return process.env.INIT_CWD ?? process.cwd();
}

async function main() {
  const [name, ...args] = process.argv.slice(2);
  const task = tasks[name];
  if (!task) {
    process.stderr.write(`Usage: node scripts/run.mjs <${Object.keys(tasks).join('|')}> [arguments]\n`);
    return 2;
  }
  const node = ensureNode();
  ensureInstalled();
  if (args[0] === '--clean') cleanBuild();
  if (name !== 'format' && name !== 'lint') await ensureBuilt(node);
  return task(node, args);
}

main().then(
  (status) => process.exit(status),
  (error) => {
    process.stderr.write(error instanceof SetupError ? `${error.message}\n` : `${error.stack}\n`);
    process.exit(1);
  },
);
