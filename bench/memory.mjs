// The memory's benchmarks: quality on the data sets beside the project, and speed on generated texts. Ends with 0 whatever the figures are.
import { parseArgs } from 'node:util';
import { openSurroundings } from './surroundings.mjs';
import { readSets } from './memory/data-sets.mjs';
import { measureQuality } from './memory/quality.mjs';
import { measureAppend } from './memory/append.mjs';
import { measureSpeed } from './memory/speed.mjs';
import { printMemoryReport } from './memory/report.mjs';

const USAGE = `Usage: npm run bench:memory -- [options]
  --quick                up to 100,000 entries, and a fifth of the questions
  --only=<part>          quality, speed, append; several with commas
  --data=<folder>        where the data sets are; BENCH_DATA, else ../shared/data beside the project
  --sizes=<list>         entries for the speed, by commas; 10000,100000,1000000
  --fsync=off            PostgreSQL does not wait for the disk
  --json                 the figures as JSON on standard output, and nothing else`;

async function main() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: 'quality,append,speed' },
      data: { type: 'string', default: process.env.BENCH_DATA ?? '../shared/data' },
      sizes: { type: 'string' },
      fsync: { type: 'string', default: 'on' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const parts = values.only.split(',');
  const sizes = (values.sizes ?? (values.quick ? '10000,100000' : '10000,100000,1000000')).split(',').map(Number);
  const say = (text) => process.stderr.write(`${text}\n`);
  const surroundings = await openSurroundings({ fsync: values.fsync !== 'off' });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void surroundings.release().then(() => process.exit(1)));
  const results = {};
  try {
    if (parts.includes('quality')) {
      const { sets, missing } = readSets(values.data, values.quick ? 5 : 1);
      for (const path of missing) say(`skipped: there is no ${path}; --data says where the data sets are`);
      const gateway = await surroundings.startGateway();
      results.quality = await measureQuality(gateway, surroundings.database, sets, say);
      await gateway.stop();
    }
    if (parts.includes('append')) results.append = await measureAppend(surroundings, values.quick ? 25 : 100, say);
    if (parts.includes('speed')) results.speed = await measureSpeed(surroundings, sizes, say);
  } finally {
    await surroundings.release();
  }
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else printMemoryReport(results);
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
