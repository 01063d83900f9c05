import type { Webhook, WebhookAttempt, WebhookDelivery } from '@openclaw/sdk';
import { type Command, Option } from 'commander';
import { CommandFailed } from '../command-failed.js';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import {
  type ConnectionOptions,
  type JsonOption,
  parseSince,
  parseWhole,
  withConnection,
  withExamples,
  withJson,
} from '../options.js';

type CommonOptions = ConnectionOptions & JsonOption;

interface DeliveryOptions extends CommonOptions {
  state?: WebhookDelivery['state'];
  limit: number;
  cursor?: string;
}

const STATES = ['pending', 'delivered', 'dead'];
const DEFAULT_LIMIT = 20;

export function defineWebhooks(webhooks: Command, context: Context): void {
  const list = webhooks.command('list').description('show the webhooks of the token’s tenant');
  withExamples(withJson(withConnection(list)), [['openclaw webhooks list', 'oldest first']]);
  list.action((options: CommonOptions) => showList(options, context));

  const test = webhooks
    .command('test')
    .description('send a test event, once, and say how it went')
    .argument('<webhook>', 'its id, as list shows it');
  withExamples(withJson(withConnection(test)), [
    ['openclaw webhooks test whk_01k5…', 'exit code 1 when it is not taken'],
  ]);
  test.action((id: string, options: CommonOptions) => testOne(id, options, context));

  const deliveries = webhooks
    .command('deliveries')
    .description('show what was sent to a webhook, newest event first')
    .argument('<webhook>', 'its id, as list shows it')
    .addOption(new Option('--state <state>', 'only these').choices(STATES))
    .option('-n, --limit <number>', 'at most so many', parseWhole(1, 100), DEFAULT_LIMIT)
    .option('--cursor <cursor>', 'go on behind this place, which the page before named');
  withExamples(withJson(withConnection(deliveries)), [
    ['openclaw webhooks deliveries whk_01k5… --state dead', 'what was given up'],
  ]);
  deliveries.action((id: string, options: DeliveryOptions) => showDeliveries(id, options, context));

  const redeliver = webhooks
    .command('redeliver')
    .description('send again: one delivery that has ended, or with --since all dead ones of a webhook')
    .argument('<id>', 'of the delivery; with --since of the webhook')
    .option(
      '--since <when>',
      'events not older than this: a time like 2027-01-31T10:00:00Z, or 15m, 2h, 1d ago',
      parseSince,
    );
  withExamples(withJson(withConnection(redeliver)), [
    ['openclaw webhooks redeliver dlv_019a…', 'one'],
    ['openclaw webhooks redeliver whk_01k5… --since 2h', 'all that was given up in two hours'],
  ]);
  redeliver.action((id: string, options: CommonOptions & { since?: Date }) => sendAgain(id, options, context));
}

function showList({ json, ...options }: CommonOptions, context: Context): Promise<void> {
  return withGateway(options, context, async ({ client }) => {
    const answer = await client.webhooks.list();
    const { terminal } = context;
    if (json) return terminal.json(answer);
    if (answer.total === 0) return terminal.note('There is no webhook yet; see docs/guides/webhooks.md.');
    const rows = answer.webhooks.map(({ id, url, events, source, ...webhook }) => [
      id,
      stateOf(webhook),
      source,
      terminal.foreign(url),
      events.join(', '),
    ]);
    terminal.table(['WEBHOOK', 'STATE', 'FROM', 'URL', 'EVENTS'], rows, (row, column) =>
      column === 1 ? styleOf(answer.webhooks[row]?.status) : undefined,
    );
  });
}

function testOne(id: string, { json, ...options }: CommonOptions, context: Context): Promise<void> {
  return withGateway(options, context, async ({ client }) => {
    const result = await client.webhooks.test(id);
    const { terminal } = context;
    if (json) terminal.json(result);
    else if (result.delivered) terminal.print(`Delivered: ${outcomeOf(result.attempt)}`);
    if (result.delivered) return;
    context.exitCode = 1;
    if (!json) throw new CommandFailed(`The endpoint did not take it: ${terminal.foreign(outcomeOf(result.attempt))}`);
  });
}

function showDeliveries(
  id: string,
  { json, state, limit, cursor, ...options }: DeliveryOptions,
  context: Context,
): Promise<void> {
  return withGateway(options, context, async ({ client }) => {
    const query = { limit, ...(state && { state }), ...(cursor !== undefined && { cursor }) };
    const page = await client.webhooks.deliveries(id, query);
    const { terminal } = context;
    if (json) return terminal.json(page);
    if (page.deliveries.length === 0) return terminal.note('There is nothing.');
    const rows = page.deliveries.map((delivery) => {
      const last = delivery.attempts.at(-1);
      return [
        delivery.id,
        delivery.event,
        delivery.state,
        String(delivery.attempts.length),
        last ? terminal.foreign(outcomeOf(last)) : '-',
        delivery.created_at,
      ];
    });
    terminal.table(['DELIVERY', 'EVENT', 'STATE', 'ATTEMPTS', 'LAST', 'CREATED'], rows, (row, column) =>
      column === 2 && page.deliveries[row]?.state === 'dead' ? 'red' : undefined,
    );
    if (page.next_cursor !== undefined) terminal.note(`There is more: --cursor ${page.next_cursor}`);
  });
}

function sendAgain(
  id: string,
  { json, since, ...options }: CommonOptions & { since?: Date },
  context: Context,
): Promise<void> {
  return withGateway(options, context, async ({ client }) => {
    const { terminal } = context;
    if (since) {
      const answer = await client.webhooks.redeliverSince(id, since);
      if (json) terminal.json(answer);
      else
        terminal.print(`Will be sent again: ${answer.redelivered}${answer.more ? ', and more in the background' : ''}`);
      return;
    }
    const delivery = await client.webhooks.redeliver(id);
    if (json) terminal.json(delivery);
    else terminal.print(`Will be sent again: ${delivery.id}`);
  });
}

function stateOf({ status, disabled_reason: reason }: Pick<Webhook, 'status' | 'disabled_reason'>): string {
  return reason === undefined ? status : `${status} (${reason})`;
}

function styleOf(status: Webhook['status'] | undefined): 'green' | 'yellow' | 'dim' {
  return status === 'active' ? 'green' : status === 'failing' ? 'yellow' : 'dim';
}

function outcomeOf({ status, error, latency_ms: latency }: WebhookAttempt): string {
  return `${status ?? error ?? 'no answer'}, ${latency} ms`;
}
