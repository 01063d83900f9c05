import { existsSync } from 'node:fs';
import { NotFoundError } from '@openclaw/sdk';
import type { Command } from 'commander';
import { CommandFailed, WrongUsage } from '../command-failed.js';
import { isOperator, namesGateway, NotRunning, ShutOut, withGateway } from '../connection.js';
import { configOptions, type Context } from '../context.js';
import {
  type ConfigOption,
  type ConnectionOptions,
  type JsonOption,
  withConfig,
  withConnection,
  withExamples,
  withJson,
} from '../options.js';

type GetOptions = ConfigOption & JsonOption;
type SetOptions = ConnectionOptions & JsonOption;

interface Applied {
  applied: string[];
  restartPaths: string[];
  running: boolean;
}

export function defineConfig(config: Command, context: Context): void {
  const get = config
    .command('get')
    .description('print a setting as the gateway uses it, secrets too')
    .argument('[path]', 'like gateway.port; everything, secrets covered, when left out');
  withExamples(withJson(withConfig(get)), [
    ['openclaw config get gateway.auth.token', 'the operator token'],
    ['openclaw config get providers --json', 'a whole part'],
  ]);
  get.action((path: string | undefined, options: GetOptions) => getSetting(path, options, context));

  const set = config
    .command('set')
    .description('store a setting; a gateway that runs takes it over')
    .argument('<path>', 'like api.rateLimit.perToken.maxRequests')
    .argument('<value>', 'JSON5, or else a text; null takes a stored value away');
  withExamples(withJson(withConnection(set)), [
    ['openclaw config set gateway.rate_limit.requests_per_minute 120', 'a number'],
    [`openclaw config set api.security.allowedIPs "['10.0.0.0/8']"`, 'a list'],
    ['openclaw config set logging.level null', 'back to what the files say'],
  ]);
  set.action(async (path: string, text: string, options: SetOptions) =>
    setSetting(path, await parseValue(text), options, context),
  );

  const validate = config
    .command('validate')
    .description('check the configuration files and the environment; lists every problem');
  withExamples(withJson(withConfig(validate)), [
    ['openclaw config validate --config ./gateway.yaml', 'before putting it in place'],
  ]);
  validate.action((options: GetOptions) => validateConfig(options, context));
}

async function getSetting(path: string | undefined, { json, config }: GetOptions, context: Context): Promise<void> {
  const { explainFailure, readEffectiveConfig, unknownPath } = await import('@openclaw/gateway');
  const unknown = path === undefined ? undefined : unknownPath(path);
  if (unknown !== undefined)
    throw new CommandFailed(`${unknown}\nSee docs/configuration.md for all of them, or: openclaw config get`);
  const effective = await readEffectiveConfig(configOptions(context, config === undefined ? {} : { config }));
  if (effective.storedFailure !== undefined) {
    const reason = (await explainFailure(effective.storedFailure)) ?? String(effective.storedFailure);
    context.terminal.note(`Without what is stored in the database, which cannot be read: ${reason}`);
  }
  const value = path === undefined ? effective.redacted() : effective.get(path);
  if (value === undefined) throw new CommandFailed(`${path} is not set. ${howToSet(path)}`);
  if (json) context.terminal.json(value);
  else context.terminal.print(typeof value === 'string' ? value : JSON.stringify(value, undefined, 2));
}

function howToSet(path = ''): string {
  if (/^gateway[./]auth[./]token$/.test(path)) return 'One is made when the gateway starts: openclaw gateway';
  return `Set it with: openclaw config set ${path} <value>`;
}

async function setSetting(
  path: string,
  value: unknown,
  { json, ...options }: SetOptions,
  context: Context,
): Promise<void> {
  const { patchOf, unknownPath } = await import('@openclaw/gateway');
  const unknown = unknownPath(path);
  if (unknown !== undefined)
    throw new CommandFailed(`${unknown}\nSee docs/configuration.md for all of them, or: openclaw config get`);
  const outcome = await store(patchOf(path, value), options, context);
  const { applied, restartPaths, running } = outcome;
  const { terminal } = context;
  if (json)
    return terminal.json({
      applied,
      restart_required: running && restartPaths.length > 0,
      restart_paths: restartPaths,
      running,
    });
  if (applied.length + restartPaths.length === 0) return terminal.print(`${path} is so already; nothing changed.`);
  if (!running)
    return terminal.print(
      `Stored ${[...applied, ...restartPaths].join(', ')}. The gateway will use it when it starts.`,
    );
  if (applied.length > 0) terminal.print(`In force now: ${applied.join(', ')}`);
  if (restartPaths.length > 0) terminal.print(`After a restart of the gateway: ${restartPaths.join(', ')}`);
}

/**
 * Through the gateway if it runs, else straight into the database. That is also the way back from a setting that makes a running
 * gateway keep its own operator out.
 */
async function store(patch: Record<string, unknown>, options: ConnectionOptions, context: Context): Promise<Applied> {
  try {
    return await withGateway(options, context, async ({ client }) => {
      const { applied, restart_paths: restartPaths } = await client.config.update(patch);
      return { applied, restartPaths, running: true };
    });
  } catch (error) {
    const keptOut = isOperator(options, context) && keepsOut(error);
    if (!keptOut && (!(error instanceof NotRunning) || namesGateway(options, context))) throw error;
    if (keptOut) {
      context.terminal.note((error as Error).message);
      context.terminal.note('This goes into the database itself, then; the gateway takes it over within a second.');
    }
    return { ...(await storeInDatabase(patch, options, context)), running: keptOut };
  }
}

async function storeInDatabase(patch: Record<string, unknown>, options: ConnectionOptions, context: Context) {
  const { openConfigSession } = await import('@openclaw/gateway');
  const session = await openConfigSession(
    configOptions(context, options.config === undefined ? {} : { config: options.config }),
  );
  try {
    const { applied, restartPaths } = await session.config.update(patch);
    return { applied, restartPaths };
  } finally {
    await session.close();
  }
}

/** There is no setting that a gateway could not find: its API is off. */
function keepsOut(error: unknown): boolean {
  return error instanceof ShutOut || (error instanceof CommandFailed && error.cause instanceof NotFoundError);
}

async function validateConfig({ json, config }: GetOptions, context: Context): Promise<void> {
  const { ConfigError, findSources, LiveConfig } = await import('@openclaw/gateway');
  const options = configOptions(context, config === undefined ? {} : { config });
  const { terminal } = context;
  try {
    await LiveConfig.load(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) terminal.json({ valid: false, problems: error.problems });
    else terminal.error(error.message);
    context.exitCode = 1;
    return;
  }
  const files = findSources(options).files.filter((file) => existsSync(file));
  if (json) terminal.json({ valid: true, problems: [] });
  else terminal.print(`The configuration is valid: ${[...files, 'the environment'].join(', ')}.`);
}

async function parseValue(text: string): Promise<unknown> {
  const { default: JSON5 } = await import('json5');
  try {
    return JSON5.parse<unknown>(text);
  } catch (error) {
    // What begins like an object or a list was not meant as a text.
    if (/^\s*[[{]/.test(text))
      throw new WrongUsage(`The value is not valid JSON5: ${(error as Error).message.replace(/^JSON5: /, '')}`);
    return text;
  }
}
