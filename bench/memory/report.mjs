const TARGETS = { DRCD: 0.97, 'KLUE-STS': 0.95, searchMs: 20, appendMs: 1, entries: 1_000_000 };

const share = (value) => (value * 100).toFixed(1).padStart(7);
const ms = (value) => `${value.toFixed(1)} ms`.padStart(10);
const micros = (value) => `${Math.round(value)} µs`.padStart(9);

export function printMemoryReport({ quality, append, speed }) {
  if (quality) printQuality(quality);
  if (append) printAppend(append);
  if (speed) printSpeed(speed);
  console.log('\nTargets\n');
  for (const [met, text] of verdicts({ quality, append, speed }))
    console.log(`  ${met ? 'met   ' : 'MISSED'}  ${text}`);
}

function printQuality(quality) {
  const names = ['rec@5', 'rec@10', 'MRR', 'nDCG@10'].map((name) => name.padStart(8)).join('');
  console.log('\nQuality, in %; four searches at a time\n');
  console.log(`${'set'.padEnd(10)}${'by'.padEnd(14)}${names}${'p50'.padStart(11)}${'p95'.padStart(11)}`);
  for (const { set, contender, recall5, recall10, mrr, ndcg10, p50, p95 } of quality) {
    const figures = [recall5, recall10, mrr, ndcg10].map(share).join(' ');
    console.log(`${set.padEnd(10)}${contender.padEnd(14)} ${figures} ${ms(p50)} ${ms(p95)}`);
  }
}

function printAppend({ p50, cpuMicros, databaseMicros }) {
  console.log('\nA turn, one at a time; processor time with the indexing that comes afterwards\n');
  for (const kind of ['without', 'with'])
    console.log(
      `${kind.padEnd(8)} memory: p50 ${p50[kind].toFixed(2)} ms; gateway${micros(cpuMicros[kind])}, database${micros(databaseMicros[kind])}`,
    );
}

function printSpeed({ sizes, tenants, erased }) {
  console.log('\nSearches, one at a time\n');
  const columns = ['p50', 'p95', 'gateway', 'database'];
  console.log(`${'entries'.padStart(9)}  ${'query'.padEnd(24)}${columns.map((name) => name.padStart(10)).join('')}`);
  const line = (entries, query, { p50, p95, cpuMicros, databaseMicros }) =>
    console.log(
      `${String(entries).padStart(9)}  ${query.padEnd(24)}${ms(p50)}${ms(p95)} ${micros(cpuMicros)} ${micros(databaseMicros)}`,
    );
  for (const { size, all, common, session } of sizes) {
    line(size, 'eight words', all);
    line(size, 'four that are everywhere', common);
    line(size, 'within one session', session);
  }
  line(tenants.entries, `over ${tenants.tenants} tenants`, tenants.all);
  console.log('');
  for (const { size, bytesPerEntry, perSecond, databaseMicrosAdded } of sizes)
    console.log(
      `${String(size).padStart(9)} entries: index ${Math.round(bytesPerEntry)} bytes an entry; added ${Math.round(perSecond)} a second, database${micros(databaseMicrosAdded)} each`,
    );
  console.log(`over ${tenants.tenants} tenants: index ${Math.round(tenants.bytesPerEntry)} bytes an entry`);
  console.log(`a tenant of ${erased.entries} entries erased in${ms(erased.ms)}`);
}

function* verdicts({ quality = [], append, speed }) {
  for (const { set, contender, recall10 } of quality) {
    if (contender !== 'the memory') continue;
    yield [recall10 >= TARGETS[set], `${set}: recall@10 ${share(recall10).trim()} %, at least ${TARGETS[set] * 100} %`];
  }
  if (append) {
    const added = append.p50.with - append.p50.without;
    yield [
      added <= TARGETS.appendMs,
      `remembering adds ${added.toFixed(2)} ms to a turn, at most ${TARGETS.appendMs} ms`,
    ];
  }
  if (!speed) return;
  const largest = speed.sizes.at(-1);
  const places = [
    [largest.size, 'in one tenant', largest.all.p95],
    [speed.tenants.entries, `over ${speed.tenants.tenants} tenants`, speed.tenants.all.p95],
  ];
  for (const [entries, where, p95] of places) {
    const enough = entries >= TARGETS.entries ? '' : ` (the target is for ${TARGETS.entries} entries)`;
    yield [
      p95 <= TARGETS.searchMs,
      `${entries} entries ${where}: search p95${ms(p95)}, at most ${TARGETS.searchMs} ms${enough}`,
    ];
  }
}
