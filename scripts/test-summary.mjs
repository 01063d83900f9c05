// Ends a CI log with one plain line, from what `jest --json` wrote; fails where a test was skipped, or no result is there.
import { readFileSync } from 'node:fs';

const [, , file] = process.argv;
let results;
try {
  results = JSON.parse(readFileSync(file, 'utf8'));
} catch (error) {
  process.stdout.write(`No test results: ${error.message}\n`);
  process.exit(1);
}
const skipped = results.numPendingTests + results.numTodoTests;
// A file that does not even load has no tests to count.
const broken = results.numRuntimeErrorTestSuites;
const parts = [`${results.numPassedTests} passed`, `${results.numFailedTests} failed`];
if (broken > 0) parts.push(`${broken} files did not load`);
if (skipped > 0) parts.push(`${skipped} skipped`);
process.stdout.write(`${parts.join(', ')}\n`);
process.exitCode = results.success && skipped === 0 && results.numPassedTests > 0 ? 0 : 1;
