import type { ComponentHealth } from '@openclaw/sdk';
import type { Command } from 'commander';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { formatSeconds } from '../duration.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';

interface HealthOptions extends ConnectionOptions, JsonOption {
  detail?: true;
}

const STYLES = { ok: 'green', degraded: 'yellow', draining: 'yellow', down: 'red' } as const;

export function defineHealth(command: Command, context: Context): void {
  command.option('--detail', 'part by part; this needs a token');
  withExamples(withJson(withConnection(command)), [
    ['openclaw health && echo "it serves"', 'in a script: exit code 1 when it does not serve'],
  ]);
  command.action((options: HealthOptions) => (options.detail ? detailed(options, context) : brief(options, context)));
}

function brief({ json, ...options }: HealthOptions, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(
    options,
    context,
    async ({ client, url }) => {
      const health = await client.health();
      const { status, version, uptime_seconds } = health;
      if (json) terminal.json(health);
      else
        terminal.print(
          `${terminal.paint(STYLES[status], status)}  ${url}, version ${version}, up ${formatSeconds(uptime_seconds)}`,
        );
      if (status !== 'ok') context.exitCode = 1;
    },
    false,
  );
}

function detailed({ json, ...options }: HealthOptions, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client, url }) => {
    const health = await client.healthDetail();
    const { status, ...components } = health;
    if (json) terminal.json(health);
    else {
      terminal.print(`${terminal.paint(STYLES[status], status)}  ${url}`);
      terminal.facts(
        Object.entries(components).map(([name, component]) => [
          name,
          factsOf(component, (state) => terminal.paint(STYLES[state], state)),
        ]),
      );
    }
    if (status === 'down' || status === 'draining') context.exitCode = 1;
  });
}

function factsOf({ status, ...facts }: ComponentHealth, paint: (status: ComponentHealth['status']) => string): string {
  const simple = Object.entries(facts).filter(([, value]) => typeof value !== 'object');
  return [paint(status), ...simple.map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`)].join(', ');
}
