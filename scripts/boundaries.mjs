// Checks the arrows between the packages (.dependency-cruiser.cjs), and then the checker itself, which otherwise is content
// with a tree it cannot read: every file must have been seen, every import of a package of ours must have led to its
// source, and every rule must catch the file of boundaries/fixtures that is named after it and breaks it.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { ROOT } from './toolchain.mjs';

const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const CONFIG = join(ROOT, '.dependency-cruiser.cjs');
const FIXTURES = join(ROOT, 'scripts/boundaries/fixtures');
const HOUSE_IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*'(@openclaw\/[^']+)'/g;

const rules = createRequire(import.meta.url)(CONFIG).forbidden;

function cruise(folder) {
  const args = [CRUISER, '--config', CONFIG, '--output-type', 'json', 'packages', 'apps'];
  const result = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1024 ** 3 });
  try {
    return JSON.parse(result.stdout);
  } catch {
    const said = result.stderr || result.stdout || String(result.error);
    process.stderr.write(`✗ dependency-cruiser failed in ${folder}:\n${said.trim()}\n`);
    process.exit(1);
  }
}

function sourceFiles(folder) {
  return ['packages', 'apps'].flatMap((top) =>
    readdirSync(join(folder, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !/(^|\/)(dist|node_modules)\//.test(path)),
  );
}

/** What the cruise did not see, or did not understand; nothing when it can be believed. */
function blindSpots(folder, modules) {
  const seen = new Map(modules.map((module) => [module.source, module]));
  const files = sourceFiles(folder);
  if (files.length === 0) return ['there is not one source file'];
  return files.flatMap((file) => {
    const module = seen.get(file);
    if (!module) return [`${file} was not cruised`];
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '');
    return [...code.matchAll(HOUSE_IMPORT)].flatMap(([, name]) => {
      const edge = module.dependencies.find((dependency) => dependency.module === name);
      if (edge && /^(packages|apps)\/.+\/src\//.test(edge.resolved)) return [];
      return [`${file}: the import of ${name} ${edge ? `led to ${edge.resolved}` : 'was not seen'}`];
    });
  });
}

function checkHouse() {
  const { modules, summary } = cruise(ROOT);
  const problems = blindSpots(ROOT, modules);
  for (const { from, to, rule, cycle } of summary.violations) {
    const way = cycle ? [from, ...cycle.map((step) => step.name ?? step)].join(' → ') : `${from} → ${to}`;
    const comment = rules.find(({ name }) => name === rule.name)?.comment;
    problems.push(`${rule.name}: ${from === to ? from : way}\n    ${comment}`);
  }
  const sources = modules.filter(({ source }) => /^(packages|apps)\//.test(source)).length;
  return { problems, note: `${sources} files, ${summary.totalDependenciesCruised} imports` };
}

function checkRules() {
  const { modules, summary } = cruise(FIXTURES);
  const problems = blindSpots(FIXTURES, modules).filter((spot) => !spot.includes('gone.js'));
  const names = new Set(rules.map(({ name }) => name));
  const ruleOf = (file) =>
    file
      .split('/')
      .at(-1)
      .replace(/(\.test)?\.ts$/, '')
      .replace(/-other$/, '');
  const caught = new Set();
  for (const { from, to, rule } of summary.violations) {
    if (ruleOf(from) === rule.name) caught.add(rule.name);
    else if (!names.has(ruleOf(from))) problems.push(`${rule.name} forbids what is allowed: ${from} → ${to}`);
  }
  for (const name of names) {
    if (!caught.has(name)) problems.push(`${name} did not catch the fixture that breaks it`);
  }
  for (const { name, comment } of rules) if (!comment) problems.push(`${name} has no comment`);
  return { problems, note: `${names.size} rules, each of which caught what breaks it` };
}

const results = [checkHouse(), checkRules()];
const problems = results.flatMap((result) => result.problems);
for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
if (problems.length === 0) process.stdout.write(`Boundaries: ${results.map(({ note }) => note).join('; ')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
