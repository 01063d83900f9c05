import type { SkillInfo } from '@openclaw/sdk';
import type { Command } from 'commander';
import { CommandFailed, WrongUsage } from '../command-failed.js';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';

type Options = ConnectionOptions & JsonOption;

interface RunOptions extends Options {
  args?: string;
  tool?: string;
  session?: string;
}

interface CreateOptions extends JsonOption {
  kind: 'function' | 'mcp' | 'instructions';
}

export function defineSkills(skills: Command, context: Context): void {
  const list = skills.command('list').description('show the skills');
  withExamples(withJson(withConnection(list)), [
    ['openclaw skills list', 'installed, in folders, and those that come along'],
  ]);
  list.action((options: Options) => listSkills(options, context));

  const install = skills
    .command('install')
    .description('install a skill from the registry, or another version of it')
    .argument('<name>', 'its package, and a version, a range or a tag of it: weather, weather@1.2.0');
  withExamples(withJson(withConnection(install)), [
    ['openclaw skills install weather', 'the newest version'],
    ['openclaw skills install weather@1.2.0', 'this one'],
  ]);
  install.action((name: string, options: Options) => installSkill(name, options, context));

  const remove = skills.command('remove').description('remove an installed skill').argument('<name>', 'its name');
  withExamples(withJson(withConnection(remove)), [['openclaw skills remove weather', 'for all agents, at once']]);
  remove.action((name: string, options: Options) => removeSkill(name, options, context));

  const run = skills
    .command('run')
    .description('run a skill and print what it returns')
    .argument('<name>', 'its name')
    .argument('[values...]', 'its arguments, in their order; what is JSON counts as such');
  run
    .option('--args <json>', 'its arguments as one JSON object or array')
    .option('--tool <name>', 'which of its tools, where it has several')
    .option('--session <id>', 'the session it is told of');
  withExamples(withJson(withConnection(run)), [
    ['openclaw skills run weather Beijing', 'arguments in their order'],
    [`openclaw skills run weather --args '{"place": "Beijing", "days": 3}'`, 'arguments by name'],
  ]);
  run.action((name: string, values: string[], options: RunOptions) => runSkill(name, values, options, context));

  const create = skills
    .command('create')
    .description('make a folder with a skill that works, to begin with')
    .argument('<name>', 'its name: lower-case letters, digits and hyphens');
  create.option('--kind <kind>', 'function, mcp (a server) or instructions (text only)', 'function');
  withExamples(withJson(create), [
    ['openclaw skills create tide-table', 'in ./tide-table'],
    ['openclaw skills create house-style --kind instructions', 'text that the agent reads'],
  ]);
  create.action((name: string, options: CreateOptions) => createSkill(name, options, context));
}

function listSkills({ json, ...options }: Options, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client }) => {
    const answer = await client.skills.list();
    if (json) return terminal.json({ skills: answer.skills, total: answer.total });
    if (answer.total === 0) return terminal.note('There is no skill. Make one with: openclaw skills create my-skill');
    const rows = answer.skills.map((skill) => [
      skill.name,
      skill.version,
      skill.status,
      granted(skill) || '-',
      skill.source,
      String(skill.invocations),
      terminal.foreign(skill.reason ?? shortened(skill.description)),
    ]);
    const heading = ['NAME', 'VERSION', 'STATUS', 'PERMISSIONS', 'FROM', 'USED', 'ABOUT'];
    terminal.table(heading, rows, (row) => (rows[row]?.[2] === 'active' ? undefined : 'dim'));
  });
}

function installSkill(spec: string, { json, ...options }: Options, context: Context): Promise<void> {
  const at = spec.indexOf('@', 1);
  const [name, version] = at < 0 ? [spec] : [spec.slice(0, at), spec.slice(at + 1)];
  return withGateway(options, context, async ({ client }) => {
    const skill = await client.skills.install(name, version === undefined ? {} : { version });
    if (json) return context.terminal.json(skill);
    const asks = granted(skill);
    context.terminal.print(`Installed: ${skill.name} ${skill.version}${asks === '' ? '' : ` (${asks})`}`);
  });
}

function removeSkill(name: string, { json, ...options }: Options, context: Context): Promise<void> {
  return withGateway(options, context, async ({ client }) => {
    const removed = await client.skills.remove(name);
    if (json) context.terminal.json(removed);
    else context.terminal.print(`Removed: ${removed.name}`);
  });
}

async function runSkill(name: string, values: string[], options: RunOptions, context: Context): Promise<void> {
  const { json, args, tool, session, ...connection } = options;
  if (args !== undefined && values.length > 0)
    throw new WrongUsage('Give the arguments either in their order or with --args, not both.');
  const given = args === undefined ? values.map(valueOf) : parseArgs(args);
  const more = { ...(tool !== undefined && { tool }), ...(session !== undefined && { session }) };
  await withGateway(connection, context, async ({ client }) => {
    const { result, executionTime } = await client.skills.execute(
      name,
      Array.isArray(given) && given.length === 0 ? {} : given,
      more,
    );
    if (json) return context.terminal.json({ result, executionTime });
    const text = typeof result === 'string' ? result : JSON.stringify(result, undefined, 2);
    context.terminal.print(context.terminal.foreign(text));
    context.terminal.note(`${executionTime} s`);
  });
}

async function createSkill(name: string, { json, kind }: CreateOptions, context: Context): Promise<void> {
  if (!['function', 'mcp', 'instructions'].includes(kind))
    throw new WrongUsage('--kind is function, mcp or instructions.');
  const { writeSkill } = await import('../skill-template.js');
  const folder = await writeSkill(context.workingFolder, name, kind);
  if (json) return context.terminal.json({ name, kind, folder });
  context.terminal.print(`Created: ${folder}`);
  context.terminal.note(`Add it to the configuration (skills.dirs: ['${folder}']), then: openclaw skills run ${name}`);
}

function granted({ permissions }: SkillInfo): string {
  return Object.entries(permissions)
    .flatMap(([name, asked]) => (asked ? [name] : []))
    .join(', ');
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59).toWellFormed()}…`;
}

/** `3` is a number and `{"a": 1}` an object; what is no JSON is a text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseArgs(text: string): unknown[] | Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as unknown[] | Record<string, unknown>;
  } catch (error) {
    throw new CommandFailed(`--args is no JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new WrongUsage('--args is a JSON object or array.');
}
