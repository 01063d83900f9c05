import { Command, CommanderError } from 'commander';
import { CommandFailed } from './command-failed.js';
import type { Context } from './context.js';

type Define = (command: Command, context: Context) => void;

/** Every command; its module is loaded when it is called. */
const COMMANDS: readonly { name: string; about: string; load: () => Promise<Define> }[] = [
  {
    name: 'gateway',
    about: 'run the gateway',
    load: async () => (await import('./commands/gateway.js')).defineGateway,
  },
  { name: 'agent', about: 'talk to the agent', load: async () => (await import('./commands/agent.js')).defineAgent },
  {
    name: 'send',
    about: 'send a message to a chat',
    load: async () => (await import('./commands/send.js')).defineSend,
  },
  {
    name: 'channels',
    about: 'chat platforms: list, pair, pairings, unpair',
    load: async () => (await import('./commands/channels.js')).defineChannels,
  },
  {
    name: 'token',
    about: 'API tokens: create, list, revoke',
    load: async () => (await import('./commands/token.js')).defineToken,
  },
  {
    name: 'auth',
    about: "the operator's secret: generate-token",
    load: async () => (await import('./commands/auth.js')).defineAuth,
  },
  {
    name: 'config',
    about: 'settings: get, set, validate',
    load: async () => (await import('./commands/config.js')).defineConfig,
  },
  {
    name: 'skills',
    about: 'what agents can do: list, install, remove, run, create',
    load: async () => (await import('./commands/skills.js')).defineSkills,
  },
  {
    name: 'memory',
    about: 'what is remembered: search, add, stats, prune, compact, export, import',
    load: async () => (await import('./commands/memory.js')).defineMemory,
  },
  {
    name: 'backup',
    about: 'write everything that is stored into one file',
    load: async () => (await import('./commands/backup.js')).defineBackup,
  },
  {
    name: 'restore',
    about: 'bring a backup back',
    load: async () => (await import('./commands/restore.js')).defineRestore,
  },
  {
    name: 'logs',
    about: "read and follow the gateway's log",
    load: async () => (await import('./commands/logs.js')).defineLogs,
  },
  {
    name: 'webhooks',
    about: 'who gets events: list, test, deliveries, redeliver',
    load: async () => (await import('./commands/webhooks.js')).defineWebhooks,
  },
  {
    name: 'status',
    about: 'what the gateway is doing',
    load: async () => (await import('./commands/status.js')).defineStatus,
  },
  {
    name: 'health',
    about: 'whether the gateway serves',
    load: async () => (await import('./commands/health.js')).defineHealth,
  },
  {
    name: 'doctor',
    about: 'look for what is wrong, and say what to do',
    load: async () => (await import('./commands/doctor.js')).defineDoctor,
  },
];

/** Runs what the arguments say; gives the exit code: 0 well, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    const program = await createProgram(args, context);
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

async function createProgram(args: readonly string[], context: Context): Promise<Command> {
  const program = new Command('openclaw')
    .description('The OpenClaw Gateway: run it, look after it, talk to it.')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(what there is: add --help)')
    .exitOverride()
    .version(await version(args), '-V, --version', 'print the version')
    .addHelpText('after', '\nEach command has its own help and examples: openclaw token create --help');
  const [first, second] = args;
  const called = first === 'help' ? second : first;
  for (const { name, about, load } of COMMANDS) {
    const command = program.command(name).description(about);
    if (name === called) (await load())(command, context);
  }
  return program;
}

/** Read only for who asks for it. */
async function version(args: readonly string[]): Promise<string> {
  if (!args.includes('--version') && !args.includes('-V')) return '';
  const { VERSION } = await import('@openclaw/gateway');
  return VERSION;
}

async function report(error: unknown, { terminal, environment }: Context): Promise<number> {
  // Commander has told the person already, or was asked for help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandFailed) {
    terminal.error(error.message);
    return error.exitCode;
  }
  const { explainFailure } = await import('@openclaw/gateway');
  const explained = await explainFailure(error);
  terminal.error(
    explained ?? `Something unforeseen happened: ${error instanceof Error ? error.message : String(error)}`,
  );
  if (explained === undefined) {
    const stack = error instanceof Error ? error.stack : undefined;
    if (environment['OPENCLAW_LOG_LEVEL'] === 'debug' && stack !== undefined) terminal.note(stack);
    else terminal.note('With OPENCLAW_LOG_LEVEL=debug it says where. openclaw doctor may know more.');
  }
  return 1;
}
