import type { RunningGateway } from '@openclaw/gateway';
import type { Command } from 'commander';
import { configOptions, type Context } from '../context.js';
import { type ConfigOption, type JsonOption, parseWhole, withConfig, withExamples, withJson } from '../options.js';

interface GatewayOptions extends ConfigOption, JsonOption {
  port?: number;
  bind?: string;
}

export function defineGateway(command: Command, context: Context): void {
  command
    .option(
      '--port <port>',
      'listen on this port (18789 when nothing is configured; 0 takes any free one)',
      parseWhole(0, 65_535),
    )
    .option('--bind <address>', 'listen on this address: loopback, lan, all or an IP address');
  withExamples(withJson(withConfig(command)), [
    ['openclaw gateway', 'on 127.0.0.1:18789, with the embedded database'],
    ['openclaw gateway --port 8080 --bind lan', 'for the local network'],
    ['openclaw gateway --config ./gateway.yaml', 'with a configuration of its own'],
  ]);
  command.action((options: GatewayOptions) => startGateway(options, context));
}

async function startGateway({ json, ...given }: GatewayOptions, context: Context): Promise<void> {
  const { runGateway } = await import('@openclaw/gateway');
  // With --json the log lines, which share standard output, are JSON too.
  const flags = { ...given, ...(json && { console: 'json' }) };
  const code = await runGateway(configOptions(context, flags), (gateway) =>
    (json ? announceAsJson : announce)(gateway, context),
  );
  if (code !== 0) context.exitCode = 1;
}

function announce({ url, operator, config }: RunningGateway, { terminal }: Context): void {
  const token = !operator
    ? 'none needed: authentication is off'
    : operator.file === undefined
      ? `as configured (gateway.auth.${config.gateway.auth.mode})`
      : `in ${operator.file}${operator.created ? ' (created)' : ''}`;
  terminal.print();
  terminal.print(`${terminal.paint('bold', 'OpenClaw Gateway')} is ready at ${terminal.paint('cyan', url)}`);
  terminal.print();
  terminal.facts([
    ['Operator token', token],
    [
      'Database',
      config.database.url === undefined ? 'embedded PostgreSQL' : 'PostgreSQL, as configured (database.url)',
    ],
    ['Data folder', config.home],
  ]);
  terminal.print();
  terminal.print(`Open ${url}/ in a browser, or try it from another terminal:`);
  terminal.print();
  for (const line of firstCall(url, operator)) terminal.print(`  ${line}`);
  terminal.print();
  terminal.print(terminal.paint('dim', 'Is something wrong? openclaw doctor. Stop with Ctrl-C.'));
  terminal.print();
}

/** Lines for a shell. */
function firstCall(url: string, operator: RunningGateway['operator']): string[] {
  const secret = operator?.file === undefined ? '$OPENCLAW_TOKEN' : `$(cat ${quote(operator.file)})`;
  return [
    `curl -s ${url}/api/v1/chat \\`,
    ...(operator ? [`  -H "Authorization: Bearer ${secret}" \\`] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"message": "Hello!"}'`,
  ];
}

/** Fit for a shell, also within `"$(…)"`. */
function quote(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function announceAsJson({ url, operator, config }: RunningGateway, { terminal }: Context): void {
  terminal.json({
    event: 'ready',
    url,
    pid: process.pid,
    auth: config.authEnabled,
    operator_token_file: operator?.file ?? null,
    operator_token_created: operator?.created ?? false,
    database: config.database.url === undefined ? 'embedded' : 'external',
    home: config.home,
  });
}
