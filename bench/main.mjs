// The benchmarks: see docs/operations/benchmarks.md. Ends with 0 whatever the figures are, with 1 when something broke.
import { cpus } from 'node:os';
import { openSurroundings } from './surroundings.mjs';
import { readOptions, USAGE, WrongUsage } from './options.mjs';
import { printHead, printSection } from './report.mjs';
import { measureListing } from './sections/listing.mjs';
import { measureMemory } from './sections/memory.mjs';
import { measureRelay } from './sections/relay.mjs';
import { measureSends } from './sections/sends.mjs';
import { measureSkills } from './sections/skills.mjs';
import { measureSockets } from './sections/sockets.mjs';
import { measureStreams } from './sections/stream.mjs';
import { measureWebhooks } from './sections/webhooks.mjs';
import { measureTurns, profileTurns } from './sections/turn.mjs';

const MEASURES = {
  turn: measureTurns,
  memory: measureMemory,
  listing: measureListing,
  stream: measureStreams,
  sockets: measureSockets,
  relay: measureRelay,
  sends: measureSends,
  webhooks: measureWebhooks,
  skills: measureSkills,
};

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const say = (text) => {
    if (!options.json) process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  const surroundings = await openSurroundings(options);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void surroundings.release().then(() => process.exit(1)));
  const about = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    fsync: options.fsync,
    quick: options.quick,
  };
  const results = {};
  const broken = [];
  try {
    if (options.profile !== undefined) {
      await profileTurns(surroundings, options.profile, options.amounts);
      console.log(`The profile is in ${options.profile}; open it in a browser's developer tools, or in an editor.`);
      return;
    }
    if (!options.json) printHead(about);
    for (const section of options.sections) {
      try {
        results[section] = await MEASURES[section](surroundings, options.amounts, say);
      } catch (error) {
        // What the other sections have measured took minutes, and is as good as before.
        broken.push(section);
        process.stderr.write(`\n${section}: ${error.stack}\n`);
        continue;
      }
      if (process.stderr.isTTY) say('');
      if (!options.json) printSection(section, results[section]);
    }
  } finally {
    await surroundings.release();
  }
  if (options.json) console.log(JSON.stringify({ about, ...results }, null, 2));
  if (broken.length > 0) throw new Error(`Nothing was measured of: ${broken.join(', ')}. What broke stands above.`);
}

main().then(
  () => process.exit(0),
  (error) => {
    const wrongUsage = error instanceof WrongUsage || error.code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(wrongUsage ? `${error.message}\n\n${USAGE}\n` : `${error.stack}\n`);
    process.exit(wrongUsage ? 2 : 1);
  },
);
