import type { Command } from 'commander';
import { CommandFailed } from '../command-failed.js';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';
import { readAll } from '../read-all.js';

interface SendOptions extends ConnectionOptions, JsonOption {
  channel: string;
  chat: string;
  message: string;
  key?: string;
}

export function defineSend(command: Command, context: Context): void {
  command
    .requiredOption('--channel <name>', 'telegram, discord, slack, webhook, or another that is configured')
    .requiredOption('--chat <id>', 'the chat, as the platform names it')
    .requiredOption('-m, --message <text>', 'what to say; - reads it from standard input')
    .option('--key <key>', 'sends it once, however often it is asked to with this key');
  withExamples(withJson(withConnection(command)), [
    ['openclaw send --channel telegram --chat 123456 --message "Dinner is ready"', 'to one chat'],
    ['df -h | openclaw send --channel slack --chat C012345 --message -', 'from a pipe'],
    ['openclaw send --channel telegram --chat 123456 --message "Paid" --key order-17', 'safe to repeat'],
  ]);
  command.action((options: SendOptions) => send(options, context));
}

async function send(options: SendOptions, context: Context): Promise<void> {
  const message = options.message === '-' ? await readAll(context.stdin) : options.message;
  if (message.trim() === '') throw new CommandFailed('There is no message. Say something with --message "…".');
  const { channel, chat: chatId, key, json } = options;
  const { terminal } = context;
  await withGateway(options, context, async ({ client }) => {
    const result = await client.send(channel, chatId, message, key === undefined ? {} : { idempotencyKey: key });
    if (json) return terminal.json(result);
    const { id, status, channelMessageId } = result;
    if (status === 'sent')
      terminal.print(`Sent: ${id}, on ${channel} ${terminal.foreign(channelMessageId ?? '')}`.trim());
    else terminal.print(`Accepted: ${id}. ${channel} has not taken it yet; the gateway goes on trying for 24 hours.`);
  });
}
