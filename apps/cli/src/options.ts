import { type Command, InvalidArgumentError } from 'commander';
import { parseDate, parseDuration } from './duration.js';

export interface JsonOption {
  json?: true;
}

export interface ConfigOption {
  config?: string;
}

export interface ConnectionOptions extends ConfigOption {
  url?: string;
  token?: string;
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON for programs');
}

export function withConfig(command: Command): Command {
  return command.option('--config <file>', 'read this configuration file instead of the standard ones');
}

/** For commands that speak to a running gateway. */
export function withConnection(command: Command): Command {
  return withConfig(
    command
      .option(
        '--url <url>',
        'where the gateway is (or OPENCLAW_GATEWAY_URL); the one of this machine when left out',
        parseUrl,
      )
      .option(
        '--token <token>',
        'what to show it (or OPENCLAW_TOKEN); the operator token of this machine when left out',
      ),
  );
}

/** Examples, as lines of `command` and what it is for. */
export function withExamples(command: Command, examples: readonly (readonly [line: string, about: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, about]) => `  ${line.padEnd(width)}  ${about}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** A time, or how long ago. */
export function parseSince(text: string): Date {
  const duration = parseDuration(text);
  const date = duration === undefined ? parseDate(text) : new Date(Date.now() - duration);
  if (date) return date;
  throw new InvalidArgumentError('Give a time like 2027-01-31T10:00:00Z, or how long ago: 15m, 2h, 1d.');
}

function parseUrl(text: string): string {
  if (/^https?:\/\/[^\s/]/.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Give it like http://127.0.0.1:18789.');
}
