const share = (value) => (value * 100).toFixed(1).padStart(7);
const ms = (value) => `${value.toFixed(1)} ms`.padStart(10);

export function printMemoryReport({ quality, speed }) {
  if (quality) {
    console.log('\nQuality, in %\n');
    console.log(
      `${'set'.padEnd(10)}${'by'.padEnd(14)}${['rec@5', 'rec@10', 'MRR', 'nDCG@10'].map((name) => name.padStart(8)).join('')}${'p50'.padStart(11)}${'p95'.padStart(11)}`,
    );
    for (const { set, contender, recall5, recall10, mrr, ndcg10, p50, p95 } of quality)
      console.log(
        `${set.padEnd(10)}${contender.padEnd(14)} ${[recall5, recall10, mrr, ndcg10].map(share).join(' ')} ${ms(p50)} ${ms(p95)}`,
      );
  }
  if (!speed) return;
  console.log('\nSpeed\n');
  for (const { size, p50, p95, commonP95, bytesPerEntry, perSecond } of speed.sizes)
    console.log(
      `${String(size).padStart(9)} entries: search p50${ms(p50)}, p95${ms(p95)}, of common words p95${ms(commonP95)}; index ${Math.round(bytesPerEntry)} bytes an entry; added ${Math.round(perSecond)} a second`,
    );
  const { tenants, append, eraseMs } = speed;
  console.log(`over ${tenants.tenants} tenants: search p50${ms(tenants.p50)}, p95${ms(tenants.p95)}`);
  console.log(
    `a turn: ${append.withoutMs.toFixed(2)} ms without, ${append.withMs.toFixed(2)} ms with: ${append.addedMs.toFixed(2)} ms added`,
  );
  console.log(`a tenant of ${eraseMs.entries} entries erased in${ms(eraseMs.ms)}`);
}
