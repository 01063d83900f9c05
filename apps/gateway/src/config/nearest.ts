/** The candidate that a typing error most likely meant, or undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const plain = simplify(word);
  const rated = candidates.map((name) => ({ name, distance: distance(plain, simplify(name)) }));
  rated.sort((a, b) => a.distance - b.distance);
  const [best] = rated;
  return best && best.distance <= limit ? best.name : undefined;
}

/** `apiKey`, `api-key` and `api_key` are one word to a person. */
function simplify(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Single-letter insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      const replace = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replace, swap));
    }
    before = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Infinity;
}
