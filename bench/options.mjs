import { parseArgs } from 'node:util';

export const SECTIONS = ['turn', 'memory', 'listing', 'stream', 'sockets', 'relay', 'sends', 'webhooks', 'skills'];

export const USAGE = `Usage: npm run bench -- [options]
  --quick            everything in about half a minute, with figures to match
  --only=<section>   ${SECTIONS.join(', ')}; several with commas
  --fsync=off        PostgreSQL does not wait for the disk
  --profile=<folder> writes a CPU profile of the gateway under 32 connections there, and measures nothing
  --json             the figures as JSON on standard output, and nothing else`;

/** How much is done: counts bound the work, milliseconds bound it on slow machines. */
const FULL = {
  warmUp: { requests: 3_000, maxMs: 6_000 },
  rounds: 5,
  round: { requests: 2_500, maxMs: 2_500 },
  continuedRounds: 3,
  memoryTurns: 100_000,
  memoryMaxMs: 240_000,
  conversations: 100_000,
  updates: 100_000,
  pageRequests: 300,
  streamRounds: 3,
  streamRound: { requests: 400, maxMs: 2_500 },
  idleSockets: 5_000,
  socketRounds: 5,
  sendRounds: 3,
  sendRound: { requests: 3_000, maxMs: 4_000 },
  webhookEvents: 5_000,
  webhookSeconds: 10,
  webhookRounds: 3,
  skillCalls: 60,
};

const QUICK = {
  warmUp: { requests: 600, maxMs: 1_000 },
  rounds: 2,
  round: { requests: 600, maxMs: 500 },
  continuedRounds: 1,
  memoryTurns: 3_000,
  memoryMaxMs: 6_000,
  conversations: 20_000,
  updates: 20_000,
  pageRequests: 60,
  streamRounds: 1,
  streamRound: { requests: 60, maxMs: 500 },
  idleSockets: 5_000,
  socketRounds: 2,
  sendRounds: 1,
  sendRound: { requests: 600, maxMs: 1_000 },
  webhookEvents: 1_500,
  webhookSeconds: 3,
  webhookRounds: 1,
  skillCalls: 10,
};

export class WrongUsage extends Error {}

/** Throws `WrongUsage` with what is wrong. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      fsync: { type: 'string', default: 'on' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const sections = values.only?.split(',') ?? SECTIONS;
  const unknown = sections.find((section) => !SECTIONS.includes(section));
  if (unknown !== undefined) throw new WrongUsage(`--only=${unknown}: there is ${SECTIONS.join(', ')}`);
  if (!['on', 'off'].includes(values.fsync)) throw new WrongUsage(`--fsync=${values.fsync}: on or off`);
  return {
    sections,
    amounts: values.quick ? QUICK : FULL,
    quick: values.quick,
    fsync: values.fsync === 'on',
    profile: values.profile,
    json: values.json,
    help: values.help,
  };
}
