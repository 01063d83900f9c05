import TestSequencer from '@jest/test-sequencer';

/**
 * What takes longest on a fresh clone, in seconds: they are begun first, so that no worker is left alone with one of them at the end. A
 * wrong figure makes a run longer and nothing else. Where the files have been run before, Jest itself knows how long they take.
 */
const LONGEST = {
  'apps/gateway/test/reference/fuzz': 50,
  'apps/cli/test/running': 45,
  'apps/cli/test/stopped': 40,
  'apps/gateway/test/openai/python-client': 40,
  'apps/gateway/test/resilience/crash': 35,
  'apps/gateway/test/seeds/curl-lines': 30,
  'packages/adapters/slack/test/slack-socket': 30,
  'packages/adapters/postgres/test/vectors': 25,
  'packages/adapters/skill-sandbox/test/escapes': 25,
  'apps/gateway/test/seeds/web-pages': 25,
  'apps/gateway/test/seeds/client-libraries': 25,
  'packages/sdk-python/test/unittest': 15,
  'packages/adapters/slack/src/render-mrkdwn.fuzz': 10,
  'packages/adapters/anthropic/src/anthropic-runner': 10,
};

/** Of the others, in seconds: those in an application's `test` start whole gateways, those in an adapter's whatever it adapts to. */
function guess(path) {
  if (/\/apps\/[^/]+\/test\//.test(path)) return 12;
  if (/\/packages\/adapters\/[^/]+\/test\//.test(path)) return 8;
  return /\/test\//.test(path) ? 3 : 1;
}

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
