import type { Command } from 'commander';
import type { Context } from '../context.js';
import { type JsonOption, withExamples, withJson } from '../options.js';

export function defineAuth(auth: Command, context: Context): void {
  const generate = auth
    .command('generate-token')
    .description('print a new secret, fit for gateway.auth.token; changes nothing');
  withExamples(withJson(generate), [
    ['openclaw auth generate-token', 'to put into a file or the environment'],
    ['openclaw config set gateway.auth.token "$(openclaw auth generate-token)"', 'to change the operator token'],
  ]);
  generate.action(async ({ json }: JsonOption) => {
    const { generateOperatorToken } = await import('@openclaw/gateway');
    const token = generateOperatorToken();
    if (json) context.terminal.json({ token });
    else context.terminal.print(token);
  });
}
