import type { Finding } from '@openclaw/gateway';
import type { Command } from 'commander';
import { configOptions, type Context } from '../context.js';
import { type ConfigOption, type JsonOption, withConfig, withExamples, withJson } from '../options.js';

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const NAME_WIDTH = 18;

export function defineDoctor(command: Command, context: Context): void {
  withExamples(withJson(withConfig(command)), [
    ['openclaw doctor', 'exit code 1 when something has to be done before the gateway can serve'],
  ]);
  command.action((options: ConfigOption & JsonOption) => examine(options, context));
}

async function examine({ json, config }: ConfigOption & JsonOption, context: Context): Promise<void> {
  const { diagnose } = await import('@openclaw/gateway');
  const { terminal } = context;
  const findings: Finding[] = [];
  for await (const finding of diagnose(configOptions(context, config === undefined ? {} : { config }))) {
    findings.push(finding);
    if (!json) show(finding, context);
  }
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const healthy = count('fail') === 0;
  if (json) terminal.json({ ok: healthy, findings });
  else {
    terminal.print();
    terminal.print(
      healthy && count('warn') === 0
        ? 'Everything is fine.'
        : `${count('fail')} to repair, ${count('warn')} to look at.`,
    );
  }
  if (!healthy) context.exitCode = 1;
}

function show({ check, status, message, advice }: Finding, { terminal }: Context): void {
  terminal.print(`${terminal.paint(STYLES[status], status.padEnd(4))}  ${check.padEnd(NAME_WIDTH)}  ${message}`);
  if (advice !== undefined) terminal.print(`${' '.repeat(NAME_WIDTH + 8)}${terminal.paint('dim', '→')} ${advice}`);
}
