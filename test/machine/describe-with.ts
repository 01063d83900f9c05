import { describe, it } from '@jest/globals';

/**
 * `describe` for tests that need something the machine may not have. Where one of `missing` says that it is not there they are skipped,
 * and a line says why; with CI=true they fail instead, so that no gap goes unseen.
 */
export function describeWith(missing: (string | undefined)[], title: string, tests: () => void): void {
  const reasons = missing.filter((reason) => reason !== undefined);
  if (reasons.length === 0) return describe(title, tests);
  const why = reasons.join('; ');
  if (process.env.CI === 'true') {
    return describe(title, () => {
      it('finds what it needs', () => {
        throw new Error(why);
      });
    });
  }
  process.stderr.write(`Skipped: ${title} (${why})\n`);
  it.skip(`${title} (${why})`, () => undefined);
}
