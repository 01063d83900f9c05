import type { MemoryResult, MemorySearch, OpenClawClient } from '@openclaw/sdk';
import { ConflictError } from '@openclaw/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailed } from '../command-failed.js';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { parseDate, parseDuration } from '../duration.js';
import { exportMemory, importMemory } from '../memory-transfer.js';
import {
  type ConnectionOptions,
  type JsonOption,
  parseWhole,
  withConnection,
  withExamples,
  withJson,
} from '../options.js';

type Common = ConnectionOptions & JsonOption;

interface SearchOptions extends Common {
  limit: number;
  type: NonNullable<MemorySearch['type']>;
  since?: Date;
  until?: Date;
  tag?: string[];
  session?: string;
  user?: string;
  agent?: string;
  minScore: number;
}

interface AddOptions extends Common {
  tag?: string[];
  session?: string;
  user?: string;
  author?: string;
  at?: Date;
}

interface PruneOptions extends Common {
  before?: Date;
  type: NonNullable<MemorySearch['type']>;
  yes?: true;
}

const TYPES = ['all', 'wal', 'compacted', 'long-term'];
const gathered = (value: string, before: string[] = []) => [...before, value];

export function defineMemory(memory: Command, context: Context): void {
  const typed = (command: Command) =>
    command.addOption(new Option('--type <type>', 'of which entries').choices(TYPES).default('all'));
  const ready = (command: Command, ...examples: [string, string][]) =>
    withExamples(withJson(withConnection(command)), examples);

  const search = memory
    .command('search')
    .description('find what was said or added')
    .argument('<query>', 'in your own words');
  typed(search)
    .option('--limit <number>', 'how many', parseWhole(1, 100), 10)
    .option('--since <when>', 'not older: a date, or a time ago like 30d', parseWhen)
    .option('--until <when>', 'not newer', parseWhen)
    .option('--tag <tag>', 'notes with this tag; more than once for each of several', gathered)
    .option('--session <id>', 'of this conversation or session')
    .option('--user <id>', 'of this user')
    .option('--agent <id>', 'of this agent’s conversations')
    .option('--min-score <number>', 'at least this score, 0 to 1', parseScore, 0);
  ready(
    search,
    ['openclaw memory search "what does Ana eat"', 'best first'],
    ['openclaw memory search invoice --since 30d', 'of the last month'],
  );
  search.action((query: string, options: SearchOptions) => find(query, options, context));

  const add = memory
    .command('add')
    .description('add something to be kept')
    .argument('<text>', 'what; - reads it from standard input');
  add
    .option('--tag <tag>', 'more than once for several', gathered)
    .option('--session <id>', 'part of this session')
    .option('--user <id>', 'about this user, for whom it is recalled')
    .option('--author <name>', 'who said it')
    .option('--at <when>', 'when it was, if not now', parseWhen);
  ready(add, ['openclaw memory add "Ana does not eat meat" --tag food', 'a note']);
  add.action((text: string, options: AddOptions) => addNote(text, options, context));

  const stats = ready(memory.command('stats').description('how much is remembered'), [
    'openclaw memory stats',
    'entries and sizes',
  ]);
  stats.action((options: Common) => withGateway(options, context, ({ client }) => showStats(client, options, context)));

  const prune = memory.command('prune').description('forget for good');
  typed(prune)
    .option('--before <when>', 'only what is older: a date, or a time ago like 365d', parseWhen)
    .option('--yes', 'do it; without, only tells how many entries it would be');
  ready(
    prune,
    ['openclaw memory prune --before 365d', 'what would be forgotten'],
    ['openclaw memory prune --before 2025-01-01 --type wal --yes', 'forget it'],
  );
  prune.action((options: PruneOptions) => forget(options, context));

  const compact = ready(memory.command('compact').description('put what is old into compressed segments now'), [
    'openclaw memory compact',
    'as the gateway does by itself every night',
  ]);
  compact.action((options: Common) =>
    withGateway(options, context, async ({ client }) => {
      const done = await client.memory.compact({ signal: context.interrupted(), timeoutMs: LONG_MS });
      if (options.json) context.terminal.json(done);
      else context.terminal.print(`Compacted: ${done.entries} entries into ${done.segments} segments`);
    }),
  );

  const exporting = ready(memory.command('export').description('write everything as JSON lines to standard output'), [
    'openclaw memory export > memory.jsonl',
    'into a file',
  ]);
  exporting.action((options: Common) => withGateway(options, context, ({ client }) => exportMemory(client, context)));

  const importing = memory
    .command('import')
    .description('add notes from JSON lines')
    .argument('<file>', 'as export writes it; - reads standard input');
  ready(importing, ['openclaw memory import memory.jsonl', 'from a file']);
  importing.action((file: string, options: Common) =>
    withGateway(options, context, async ({ client }) => {
      const imported = await importMemory(client, file, context);
      if (options.json) context.terminal.json({ imported });
      else context.terminal.print(`Imported: ${imported} entries`);
    }),
  );
}

/** A long compaction, in ms. */
const LONG_MS = 3_600_000;

async function find(query: string, options: SearchOptions, context: Context): Promise<void> {
  const { json, limit, type, since, until, tag, session, user, agent, minScore } = options;
  const { terminal } = context;
  await withGateway(options, context, async ({ client }) => {
    const found = await client.memory.search(query, {
      ...{ limit, type, minScore },
      ...(since && { since }),
      ...(until && { until }),
      ...(tag && { tags: tag }),
      ...(session !== undefined && { conversationId: session }),
      ...(user !== undefined && { userId: user }),
      ...(agent !== undefined && { agentId: agent }),
    });
    if (json) return terminal.json(found);
    if (found.results.length === 0) return terminal.note('Nothing was found.');
    for (const result of found.results) {
      terminal.print(`${terminal.paint('bold', result.score.toFixed(2))}  ${terminal.paint('dim', placeOf(result))}`);
      terminal.print(`      ${terminal.foreign(result.content).replaceAll('\n', '\n      ')}`);
    }
  });
}

function placeOf({ created_at, type, conversation_id, id }: MemoryResult): string {
  return `${created_at}  ${type}  ${conversation_id ?? id}`;
}

async function addNote(text: string, options: AddOptions, context: Context): Promise<void> {
  const content = text === '-' ? await readAll(context.stdin) : text;
  if (content.trim() === '') throw new CommandFailed('There is nothing to add. Give a text, or - and standard input.');
  const { json, tag, session, user, author, at } = options;
  await withGateway(options, context, async ({ client }) => {
    const added = await client.memory.add(content, {
      ...(tag && { tags: tag }),
      ...(session !== undefined && { sessionId: session }),
      ...(user !== undefined && { userId: user }),
      ...(author !== undefined && { author }),
      ...(at && { createdAt: at }),
    });
    if (json) context.terminal.json(added);
    else context.terminal.print(`Added: ${added.memoryId}`);
  });
}

async function showStats(client: OpenClawClient, { json }: Common, { terminal }: Context): Promise<void> {
  const stats = await client.memory.stats();
  if (json) return terminal.json(stats);
  const { wal, compacted, total_size_mb, embeddings } = stats;
  terminal.facts([
    [
      'Entries',
      `${wal.entries}, ${wal.size_mb.toFixed(2)} MB${wal.oldest_entry === null ? '' : `, since ${wal.oldest_entry}`}`,
    ],
    ['Segments', `${compacted.files}, ${compacted.size_mb.toFixed(2)} MB`],
    ['Compacted', compacted.last_compaction ?? 'never'],
    ['In all', `${total_size_mb.toFixed(2)} MB`],
    ...(embeddings
      ? [
          ['Embedded', `${embeddings.embedded} by ${embeddings.model}, ${embeddings.waiting} waiting`] as [
            string,
            string,
          ],
        ]
      : []),
  ]);
}

async function forget({ json, before, type, yes, ...connection }: PruneOptions, context: Context): Promise<void> {
  await withGateway(connection, context, async ({ client }) => {
    try {
      const pruned = await client.memory.prune({ ...(before && { before }), type, confirm: yes === true });
      if (json) context.terminal.json(pruned);
      else context.terminal.print(`Forgotten: ${pruned.pruned} entries`);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const { would_prune } = error.details;
      if (json) context.terminal.json({ would_prune });
      throw new CommandFailed(`This would forget ${String(would_prune)} entries for good. Do it with --yes.`);
    }
  });
}

function parseWhen(text: string): Date {
  const ago = parseDuration(text);
  const date = ago === undefined ? parseDate(text) : new Date(Date.now() - ago);
  if (date) return date;
  throw new InvalidArgumentError('Give a date like 2027-01-31, or a time ago like 30d or 12h.');
}

function parseScore(text: string): number {
  const score = Number(text);
  if (text.trim() !== '' && score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError('Give a number from 0 to 1.');
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
