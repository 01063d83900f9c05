import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { alignColumns } from './align-columns.js';
import { splitToFit } from './split-to-fit.js';

describe('splitToFit', () => {
  it('cuts shorter what is shown longer', () => {
    const shown = (part: string) => part.replaceAll('x', 'xxx').length;
    const parts = splitToFit(`${'a'.repeat(300)}\n\n${'x'.repeat(300)}`, 400, (part) => shown(part) <= 400);
    assert.equal(parts.join('').replaceAll('\n', ''), 'a'.repeat(300) + 'x'.repeat(300));
    assert.ok(parts.every((part) => shown(part) <= 400));
    assert.equal(parts[0], 'a'.repeat(300));
  });

  it('ends where nothing ever fits', () => {
    assert.ok(splitToFit('a'.repeat(1_000), 500, () => false).length > 1);
  });
});

describe('alignColumns', () => {
  it('gives each column its width', () => {
    const rows = [
      ['a', 'bc'],
      ['1\n2', ''],
    ];
    assert.equal(alignColumns(rows), 'a   | bc\n----+---\n1 2 |');
  });
});
