import TestSequencer from '@jest/test-sequencer';

/**
 * What takes longest on a fresh clone, in seconds: they are begun first, so that no worker is left alone with one of them at the end. A
 * wrong figure makes a run longer and nothing else. Where the files have been run before, Jest itself knows how long they take.
 */
const LONGEST = {
  'apps/cli/test/running': 50,
  'apps/cli/test/stopped': 40,
  'apps/gateway/test/resilience/nothing-is-lost': 50,
  'apps/gateway/test/reference/fuzz': 45,
  'apps/gateway/test/resilience/crash': 35,
  'apps/gateway/test/webhooks/delivery': 22,
  'packages/adapters/skill-sandbox/test/escapes': 30,
  'packages/adapters/slack/test/slack-socket': 36,
};

/** Of the others, in seconds: those beside `src` start whole programs. */
const guess = (path) =>
  /\/apps\/[^/]+\/test\//.test(path) ? 12 : /\/packages\/adapters\/[^/]+\/test\//.test(path) ? 8 : 1;

function secondsOf({ path, duration }) {
  if (duration !== undefined) return duration / 1_000;
  const [, known] = Object.entries(LONGEST).find(([name]) => path.endsWith(`/${name}.test.ts`)) ?? [];
  return known ?? guess(path);
}

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return sorted.every(({ duration }) => duration !== undefined)
      ? sorted
      : sorted.toSorted((a, b) => secondsOf(b) - secondsOf(a));
  }
}
