import type { Status } from '@openclaw/sdk';
import type { Command } from 'commander';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { formatSeconds } from '../duration.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';
import type { Terminal } from '../terminal.js';

export function defineStatus(command: Command, context: Context): void {
  withExamples(withJson(withConnection(command)), [
    ['openclaw status', 'of the gateway on this machine'],
    ['openclaw status --url https://ai.example.com --token "$TOKEN"', 'of one elsewhere'],
  ]);
  command.action(({ json, ...options }: ConnectionOptions & JsonOption) =>
    withGateway(options, context, async ({ client, url }) => {
      const status = await client.status();
      if (json) context.terminal.json(status);
      else show(status, url, context.terminal);
    }),
  );
}

function show(
  { status, version, uptime_seconds, gateway, reasoning, skills, channels, data }: Status,
  url: string,
  terminal: Terminal,
): void {
  const state = terminal.paint(status === 'running' ? 'green' : 'yellow', status);
  terminal.print(
    `${terminal.paint('bold', `OpenClaw Gateway ${version}`)} is ${state} at ${url}, up ${formatSeconds(uptime_seconds)}`,
  );
  const { connected, disconnected } = channels;
  terminal.facts([
    ['Listens on', `${gateway.bind}:${gateway.port}, authentication ${gateway.auth_enabled ? 'on' : 'off'}`],
    ['Model', `${data.models.default} of ${reasoning.primary_provider}; ${data.models.available} in all`],
    ['Turns', `${reasoning.total_requests} since the start, ${Math.round(reasoning.avg_latency_ms)} ms on average`],
    ['Sessions', `${data.sessions.active} active, ${data.sessions.total} in all`],
    [
      'Channels',
      connected.length + disconnected.length === 0
        ? 'none'
        : [...connected, ...disconnected.map((name) => `${name} (away)`)].join(', '),
    ],
    ['Skills', skills.installed === 0 ? 'none' : `${skills.active} active of ${skills.installed}`],
  ]);
}
