import type { Channel } from '@openclaw/sdk';
import type { Command } from 'commander';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';

type Options = ConnectionOptions & JsonOption;
type ChannelOptions = Options & { channel: string };

export function defineChannels(channels: Command, context: Context): void {
  const list = channels.command('list').description('show the channels that are configured, and how they are');
  withExamples(withJson(withConnection(list)), [['openclaw channels list', 'all of them']]);
  list.action((options: Options) => listChannels(options, context));

  const pair = ofChannel(
    channels.command('pair').description('let somebody in by the code that the channel told them'),
  );
  pair.argument('<code>', 'the code');
  withExamples(pair, [['openclaw channels pair 7K2M9QXW --channel telegram', 'who was told this code']]);
  pair.action((code: string, options: ChannelOptions) => approve(code, options, context));

  const pairings = ofChannel(channels.command('pairings').description('show who may write, and who has asked to'));
  withExamples(pairings, [['openclaw channels pairings --channel telegram', 'newest first']]);
  pairings.action((options: ChannelOptions) => listPairings(options, context));

  const unpair = ofChannel(channels.command('unpair').description('let somebody in no longer'));
  unpair.argument('<user>', 'their id, as pairings shows it');
  withExamples(unpair, [['openclaw channels unpair 123456 --channel telegram', 'makes them a stranger again']]);
  unpair.action((user: string, options: ChannelOptions) => remove(user, options, context));
}

function ofChannel(command: Command): Command {
  return withJson(withConnection(command.requiredOption('--channel <name>', 'the channel, such as telegram')));
}

function listChannels({ json, ...options }: Options, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client }) => {
    const answer = await client.channels.list();
    if (json) return terminal.json(answer);
    if (answer.channels.length === 0) return terminal.note('No channel is configured. See docs/configuration.md.');
    const rows = answer.channels.map((channel) => [
      channel.type,
      channel.status,
      channel.connected_since ?? '-',
      String(channel.messages_today),
      terminal.foreign(channel.last_error ?? ''),
    ]);
    terminal.table(['CHANNEL', 'STATUS', 'SINCE', 'TODAY', 'LAST ERROR'], rows, (row) =>
      isUp(answer.channels[row]) ? undefined : 'dim',
    );
  });
}

function approve(code: string, { json, channel, ...options }: ChannelOptions, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client }) => {
    const pairing = await client.channels.approve(channel, code);
    if (json) return terminal.json(pairing);
    terminal.print(
      `Let in: ${terminal.foreign(pairing.user_name)} (${terminal.foreign(pairing.user_id)}) on ${channel}`,
    );
  });
}

function listPairings({ json, channel, ...options }: ChannelOptions, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client }) => {
    const answer = await client.channels.pairings(channel);
    if (json) return terminal.json(answer);
    if (answer.pairings.length === 0) return terminal.note(`Nobody has asked on ${channel}.`);
    const rows = answer.pairings.map(({ user_id, user_name, approved_at, expires_at }) => [
      terminal.foreign(user_id),
      terminal.foreign(user_name),
      approved_at === undefined ? `asked; code valid until ${expires_at ?? '-'}` : `let in ${approved_at}`,
    ]);
    terminal.table(['USER', 'NAME', 'STATE'], rows, () => undefined);
  });
}

function remove(user: string, { json, channel, ...options }: ChannelOptions, context: Context): Promise<void> {
  const { terminal } = context;
  return withGateway(options, context, async ({ client }) => {
    const removed = await client.channels.removePairing(channel, user);
    if (json) terminal.json(removed);
    else terminal.print(`A stranger again: ${terminal.foreign(user)} on ${channel}`);
  });
}

function isUp(channel: Channel | undefined): boolean {
  return channel?.status === 'connected';
}
